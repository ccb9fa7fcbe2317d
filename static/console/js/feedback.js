// Short answers to the person: done, refused, really?

const { ElMessage, ElMessageBox } = window.ElementPlus;

export const succeed = (text = "操作成功") => ElMessage.success({ message: text, grouping: true });
export const fail = (error) => ElMessage.error({ message: error.msg ?? "页面出了点问题，请刷新后再试", grouping: true, duration: 5000 });

/** Whether the person agrees. */
export function confirm(text, title = "请确认") {
  return ElMessageBox.confirm(text, title, { type: "warning", confirmButtonText: "确定", cancelButtonText: "取消" })
    .then(() => true, () => false);
}

/** The text that the person types, null when they cancel. */
export function ask(text, { title = "请填写", required = true, maxLength = 200 } = {}) {
  const inputValidator = (value) => (!required || value?.trim() ? (value ?? "").length <= maxLength || `最多 ${maxLength} 个字` : "请填写");
  return ElMessageBox.prompt(text, title, { inputValidator, inputType: "textarea", confirmButtonText: "确定", cancelButtonText: "取消" })
    .then(({ value }) => (value ?? "").trim(), () => null);
}
