// What this device remembers: its terminal, the session, and the choices of its cashiers.

const NAME = "xiaoer.till.";

export function read(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(NAME + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(name, value) {
  if (value === null) localStorage.removeItem(NAME + name);
  else localStorage.setItem(NAME + name, JSON.stringify(value));
}

/** Not randomUUID: browsers keep that from pages that are not on https. */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
