// Who is signed in, what they may do, and which entries their menu has.

import { get, setCsrfToken } from "./api.js";

const { reactive } = window.Vue;

/** `me` is the answer of `/me`, or null before sign-in. */
export const session = reactive({ me: null });

export async function loadMe() {
  session.me = await get("/me");
  setCsrfToken(session.me.csrf_token);
  return session.me;
}

export function forgetMe() {
  session.me = null;
  setCsrfToken("");
}

/** Whether the person has a right such as `members.edit`. The server checks again. */
export function can(right) {
  return !right || Boolean(session.me?.rights.includes(right));
}
