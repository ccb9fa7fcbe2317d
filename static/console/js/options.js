// Choices that many forms and filters share.

import { get } from "./api.js";

/** Shops by name or code, for `remote` of a field: the values are ids, or codes. */
export const findShops = (text, key = "id") => get("/options/shops", { search: text })
  .then((found) => found.map((shop) => ({ value: shop[key], label: `${shop.code} ${shop.name}` })));

/** Roles by name, with what each is for: the values are keys. */
export const listRoles = () => get("/roles", { page_size: 100 }).then(({ list }) => list.map(({ key, name, description }) => ({ value: key, label: name, note: description })));

/** Product groups that rules may choose, then the categories: the values are codes. Codes of other systems can be typed. */
const loadGroups = () => get("/options/product-groups");
export const listGroups = async () => (await loadGroups()).groups;
export const listGroupsAndCategories = async () => {
  const { groups, categories } = await loadGroups();
  return [...groups.map((one) => ({ ...one, note: "商品组" })), ...categories.map((one) => ({ ...one, note: "分类" }))];
};

/** Official accounts: the values are keys. */
const readAccounts = (fits) => get("/options/official-accounts").then((found) => found.filter(fits).map(({ key, name, kind }) => [key, kind === "alipay" ? `${name}（支付宝）` : name]));
/** Official accounts of WeChat. */
export const listAccounts = () => readAccounts(({ kind }) => kind === "wechat_official");
/** All accounts with a conversation. */
export const listChatAccounts = () => readAccounts(() => true);
