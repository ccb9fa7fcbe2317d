// What a cashier may do; for the rest a manager types a PIN.

import { state } from "./state.js";

const hasRight = (right) => state.session.cashier.rights.some((own) => own === right || own === "manager");

/** The fields of a form that ask for a manager's PIN, none if the cashier has the right. */
export const managerPin = (right) => (hasRight(right) ? [] : [{ name: "manager_pin", label: "店长 PIN", kind: "secret" }]);
