// The words of flash sales.

export const STATES = { draft: ["草稿", "info"], submitted: ["待审批", "warning"], published: ["已发布", "success"], stopped: ["已停止", "danger"], ended: ["已结束", "info"] };
export const STATE_OPTIONS = Object.entries(STATES).map(([key, [label]]) => [key, label]);
export const PHASES = { hidden: "—", announced: "即将开始", selling: "抢购中", ended: "已结束", stopped: "已停止" };
