// The draft of a menu: buttons as they are edited, and as the server takes them.

export const MAX_FIRST = 3;
export const MAX_SECOND = 5;

export const TYPES = [
  ["click", "回复消息"], ["view", "打开网页"], ["miniprogram", "打开小程序"], ["scancode_push", "扫码"], ["scancode_waitmsg", "扫码后回复"], ["location_select", "发送位置"],
  ["pic_sysphoto", "拍照"], ["pic_photo_or_album", "拍照或相册"], ["pic_weixin", "微信相册"], ["media_id", "发送素材"], ["view_limited", "打开图文素材"],
  ["article_id", "发送已发布文章"], ["article_view_limited", "打开已发布文章"],
];
const KEYED = new Set(["click", "scancode_push", "scancode_waitmsg", "location_select", "pic_sysphoto", "pic_photo_or_album", "pic_weixin"]);
const MATERIAL = new Set(["media_id", "view_limited"]);
const ARTICLE = new Set(["article_id", "article_view_limited"]);

export const hasKey = ({ type }) => KEYED.has(type);
export const isGroup = (button) => (button.sub_button ?? []).length > 0;

/** The width as WeChat counts it: a Chinese character two, a Latin one one. */
export const widthOf = (name) => [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) < 256 ? 1 : 2), 0);

let lastKey = 0;
export const newButton = () => ({ name: "", type: "click", key: `KEY_${Date.now().toString(36)}_${++lastKey}`, answers: [] });

/** The inputs that the type of a button needs. */
export function fieldsOf({ type }) {
  if (type === "view") return [{ prop: "url", label: "网址", max: 1024, placeholder: "https:// 开头，或 / 开头的本站页面" }];
  if (type === "miniprogram") {
    return [
      { prop: "appid", label: "小程序 AppID", max: 64 }, { prop: "pagepath", label: "页面路径", max: 500, placeholder: "pages/index/index" },
      { prop: "url", label: "备用网址", max: 1024, placeholder: "旧版微信打开的网址" },
    ];
  }
  if (MATERIAL.has(type)) return [{ prop: "media_id", label: "素材 media_id", max: 128 }];
  if (ARTICLE.has(type)) return [{ prop: "article_id", label: "文章 article_id", max: 128 }];
  return [{ prop: "key", label: "按钮标识（key）", max: 128 }];
}

/** What the server gets: only what the type of each button needs. */
export function toBody(buttons) {
  return { button: buttons.map((button) => (isGroup(button) ? { name: button.name, sub_button: button.sub_button.map(toLeaf) } : toLeaf(button))) };
}

function toLeaf(button) {
  const kept = Object.fromEntries(fieldsOf(button).map(({ prop }) => [prop, button[prop] ?? ""]));
  return { name: button.name, type: button.type, ...kept, ...(hasKey(button) ? { answers: button.answers ?? [] } : {}) };
}

/** What is wrong with a draft before it is sent: `{ message, at: [first, second] }`, or null. */
export function findFault(buttons) {
  if (!buttons.length) return { message: "请添加按钮", at: null };
  for (const [first, button] of buttons.entries()) {
    const fault = checkName(button, 8, "一级菜单名称最多 4 个汉字");
    if (fault) return { message: fault, at: [first] };
    for (const [second, leaf] of (button.sub_button ?? []).entries()) {
      const wrong = checkName(leaf, 16, "二级菜单名称最多 8 个汉字");
      if (wrong) return { message: wrong, at: [first, second] };
    }
  }
  return null;
}

const checkName = ({ name }, width, message) => (!name.trim() ? "请填写按钮名称" : widthOf(name.trim()) > width ? message : "");

/** The button that a field of the server's rejection names, such as `button.0.group.sub_button.1.url`. */
export function placeOf(field = "") {
  const [first, second] = (field.match(/\d+/g) ?? []).map(Number);
  return first === undefined ? null : second !== undefined && field.includes("sub_button") ? [first, second] : [first];
}
