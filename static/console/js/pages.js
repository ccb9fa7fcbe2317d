// The pages of the console: path → module of `pages/`, and the right that shows it. A new page is one line here.

// The name is in a template, so that the shell preloads no page.
const page = (name, right) => ({ load: () => import(`./pages/${name}.js`).then((module) => module.default), right });

export const PAGES = {
  "/": page("home"),
  "/members": page("members", "members.read"),
  "/top-up-rules": page("top-up-rules", "top_up_rules.read"),
  "/point-rules": page("point-rules", "point_rules.read"),
  "/costs": page("costs", "costs.read"),
  "/programmes": page("programmes", "programmes.read"),
  "/tiers": page("tiers", "tiers.read"),
  "/tier-rules": page("tier-rules", "tier_rules.read"),
  "/point-groups": page("point-groups", "point_groups.read"),
  "/cost-centres": page("cost-centres", "cost_centres.read"),
  "/check-in-settings": page("check-in-settings", "check_in_settings.read"),
  "/payment-kinds": page("payment-kinds", "payment_kinds.read"),
  "/staff": page("staff", "staff.read"),
  "/roles": page("roles", "roles.read"),
  "/audit-log": page("audit-log", "audit_log.read"),
  "/settings": page("settings", "settings.read"),
  "/agreements": page("agreements", "agreements.read"),
  "/outbox": page("outbox", "outbox.read"),
  "/my-sessions": page("my-sessions"),
  "/my-exports": page("my-exports"),
};
