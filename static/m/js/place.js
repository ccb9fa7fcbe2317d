// The visitor's place: from the link, saved from before, read by the phone, or chosen.

import { askSandbox, isInSandbox } from "./sandbox_position.js";

const STORAGE_KEY = "xiaoer.place";
const TIMEOUT_MS = 8_000;

/** The place behind `#` that the chat's card put there; it is kept for the visit and leaves the address. */
export function takeLinkedLocation() {
  const [lng, lat] = location.hash.slice(1).split(",").map(Number);
  if (!location.hash || !isValidPosition(lng, lat)) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return saveLocation({ lng, lat, datum: "gcj02", label: "您发送的位置" });
}

/** The place kept from a page before. */
export function savedLocation() {
  return takeLinkedLocation() ?? readSaved();
}

/** Asks the phone; rejects with a sentence for the person. */
export async function locate() {
  const position = isInSandbox ? await askSandbox() : null;
  return position ? saveLocation({ ...position, datum: "wgs84", label: "当前位置" }) : locateByPhone();
}

function locateByPhone() {
  if (!navigator.geolocation) return Promise.reject(new Error("这个浏览器不能定位"));
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(saveLocation({ lng: coords.longitude, lat: coords.latitude, datum: "wgs84", label: "当前位置" })),
      (problem) => reject(new Error(problem.code === problem.PERMISSION_DENIED ? "没有定位权限" : "暂时定位不到")),
      { timeout: TIMEOUT_MS, maximumAge: 60_000 },
    );
  });
}

/** Remembers a place for this visit only. */
export function saveLocation(place) {
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(place));
  } catch {
    // a browser that keeps nothing asks again on the next page
  }
  return place;
}

export function toQuery(place) {
  return place ? { lng: place.lng, lat: place.lat, datum: place.datum } : {};
}

function readSaved() {
  try {
    const place = JSON.parse(sessionStorage.getItem(STORAGE_KEY));
    return place && isValidPosition(place.lng, place.lat) ? place : null;
  } catch {
    return null; // the stored text is no place of ours
  }
}

function isValidPosition(lng, lat) {
  return Number.isFinite(lng) && Number.isFinite(lat) && Math.abs(lng) <= 180 && Math.abs(lat) <= 90;
}
