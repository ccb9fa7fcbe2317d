// The pages of the console: path → module of `pages/`, and the right that shows it. A new page is one line here.

// The name stands in a template, so that the shell preloads no page.
const page = (name, right) => ({ load: () => import(`./pages/${name}.js`).then((module) => module.default), right });

export const PAGES = {
  "/": page("home"),
  "/members": page("members", "members.read"),
  "/members/:card": page("member", "members.read"),
  "/tier-records": page("tier-records", "tier_records.read"),
  "/behaviours": page("behaviours", "behaviours.read"),
  "/point-accounts": page("point-accounts", "point_accounts.read"),
  "/point-entries": page("point-entries", "point_entries.read"),
  "/point-entries/:id": page("point-entry", "point_entries.read"),
  "/staff": page("staff", "staff.read"),
  "/roles": page("roles", "roles.read"),
  "/audit-log": page("audit-log", "audit_log.read"),
  "/settings": page("settings", "settings.read"),
  "/agreements": page("agreements", "agreements.read"),
  "/outbox": page("outbox", "outbox.read"),
  "/my-sessions": page("my-sessions"),
  "/my-exports": page("my-exports"),
};
