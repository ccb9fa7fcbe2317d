// The pages of the console: path → module of `pages/`, and the right that shows it. A new page is one line here.

// The name stands in a template, so that the shell preloads no page.
const page = (name, right) => ({ load: () => import(`./pages/${name}.js`).then((module) => module.default), right });

export const PAGES = {
  "/": page("home"),
  "/members": page("members", "members.read"),
  "/approvals": page("approvals", "approvals.read"),
  "/coupon-rules": page("coupon-rules", "coupon_rules.read"),
  "/coupon-rules/:id": page("coupon-rule", "coupon_rules.read"),
  "/coupons": page("coupons", "coupons.read"),
  "/coupons/:code": page("coupon", "coupons.read"),
  "/coupon-gifts": page("coupon-gifts", "coupon_gifts.read"),
  "/staff": page("staff", "staff.read"),
  "/roles": page("roles", "roles.read"),
  "/audit-log": page("audit-log", "audit_log.read"),
  "/settings": page("settings", "settings.read"),
  "/agreements": page("agreements", "agreements.read"),
  "/outbox": page("outbox", "outbox.read"),
  "/my-sessions": page("my-sessions"),
  "/my-exports": page("my-exports"),
};
