// 修改密码: by oneself, or because another person has set it.

import { patch } from "../api.js";
import { openForm } from "../blocks/form-dialog.js";
import { loadMe } from "../session.js";

export const PASSWORD_HELP = "10 到 128 个字符，不能含有账号，不要用常见密码";
export const NEW_PASSWORD_FIELDS = [
  { prop: "new", label: "新密码", type: "password", required: true, help: PASSWORD_HELP, rules: [(text) => (text.length < 10 ? "至少 10 个字符" : "")] },
  { prop: "again", label: "确认密码", type: "password", required: true, rules: [(text, typed) => (text === typed.new ? "" : "两次填写的密码不一致")] },
];

/** Until a password that another person has set is replaced, the dialog returns. */
export async function openPasswordDialog({ forced = false } = {}) {
  const outcome = await openForm({
    title: "修改密码", success: "密码已修改，其他登录已退出",
    note: forced ? "首次登录或密码被重置，请先修改密码。" : "",
    fields: [{ prop: "old", label: "原密码", type: "password", required: true, autocomplete: "current-password" }, ...NEW_PASSWORD_FIELDS],
    submit: async ({ old, new: chosen }) => {
      await patch("/me/password", { old, new: chosen });
      await loadMe();
    },
  });
  if (!outcome && forced) await openPasswordDialog({ forced });
}
