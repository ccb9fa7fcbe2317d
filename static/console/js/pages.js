// The pages of the console: path → module of `pages/`, and the right that shows it. A new page is one line here.

// The name stands in a template, so that the shell preloads no page.
const page = (name, right) => ({ load: () => import(`./pages/${name}.js`).then((module) => module.default), right });

export const PAGES = {
  "/": page("home"),
  "/members": page("members", "members.read"),
  "/orders": page("orders", "orders.read"),
  "/orders/:number": page("order", "orders.read"),
  "/payments": page("payments", "payments.read"),
  "/payments/:number": page("payment", "payments.read"),
  "/refunds": page("refunds", "refunds.read"),
  "/stored-value": page("stored-value", "stored_value.read"),
  "/stored-value/:card": page("stored-value-account", "stored_value.read"),
  "/top-ups": page("top-ups", "top_ups.read"),
  "/refund-requests": page("refund-requests", "refund_requests.read"),
  "/shifts": page("shifts", "shifts.read"),
  "/shifts/:id": page("shift", "shifts.read"),
  "/payment-report": page("payment-report", "payment_report.read"),
  "/terminals": page("terminals", "terminals.read"),
  "/cashiers": page("cashiers", "cashiers.read"),
  "/collection-codes": page("collection-codes", "collection_codes.read"),
  "/collection-codes/:shop": page("collection-code", "collection_codes.read"),
  "/merchants": page("merchants", "merchants.read"),
  "/staff": page("staff", "staff.read"),
  "/roles": page("roles", "roles.read"),
  "/audit-log": page("audit-log", "audit_log.read"),
  "/settings": page("settings", "settings.read"),
  "/agreements": page("agreements", "agreements.read"),
  "/outbox": page("outbox", "outbox.read"),
  "/my-sessions": page("my-sessions"),
  "/my-exports": page("my-exports"),
};
