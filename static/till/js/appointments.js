// Appointments of a day: confirmed, arrived or not.

import { get } from "./api.js";
import { choose } from "./dialogs.js";
import { write } from "./outbox.js";
import { requireOnline } from "./sales.js";
import { showStatus, state } from "./state.js";

const ACTIONS = { confirm: ["确认预约", "confirmation"], arrive: ["已到店", "arrival"], miss: ["未到店", "no-show"] };

export async function openAppointments(day = "") {
  if (state.offline) requireOnline();
  const found = await get("/till/appointments", { day });
  choose({
    title: `预约 · ${found.day_text}`, empty: "这一天没有预约",
    items: [...found.list.map((one) => ({ label: `${one.time} ${one.service}`, detail: [one.name, one.phone, one.answers].filter(Boolean).join(" · "), right: one.state_label, value: () => openOne(one, found.day) })),
      { label: "前一天", value: () => openAppointments(shift(found.day, -1)) }, { label: "后一天", value: () => openAppointments(shift(found.day, 1)) }],
    choose: ({ value }) => value(),
  });
}

const shift = (day, step) => new Date(Date.parse(day) + step * 86_400_000).toISOString().slice(0, 10);

function openOne({ id, name, time, service, state_label, phone, answers, actions }, day) {
  choose({
    title: `${name} · ${time}`, note: [service, state_label, phone, answers].filter(Boolean).join("；"), empty: "现在没有可做的操作",
    items: actions.map((action) => ({ label: ACTIONS[action][0], value: () => run(id, action, name, day) })),
    choose: ({ value }) => value(),
  });
}

async function run(id, action, name, day) {
  const [label, path] = ACTIONS[action];
  const changed = await write("POST", `/till/appointments/${encodeURIComponent(id)}/${path}`, null, label);
  showStatus("info", `${name} ${changed.state_label}`);
  await openAppointments(day);
}
