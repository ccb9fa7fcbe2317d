// The client of the control routes. It throws an Error with a message for the user.

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("沙箱没有答复，它还在运行吗？");
  }
  const result = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(result.message || `沙箱出错了（${response.status}）`);
  return result;
}

const chatPath = (person, appid) =>
  `/sandbox/people/${encodeURIComponent(person)}/chats/${encodeURIComponent(appid)}`;

export const api = {
  people: () => call("GET", "/sandbox/people"),
  addPerson: (name) => call("POST", "/sandbox/people", { name }),
  setSnapshot: (person, snapshot) => call("PUT", `/sandbox/people/${person}`, { snapshot }),
  accounts: () => call("GET", "/sandbox/accounts"),
  verify: (appid) => call("POST", `/sandbox/accounts/${appid}/verifications`),
  menu: (appid) => call("GET", `/sandbox/accounts/${appid}/menu`),
  chat: (person, appid, since) => call("GET", `${chatPath(person, appid)}?since=${since}`),
  doAction: (person, appid, action) => call("POST", `${chatPath(person, appid)}/actions`, action),
  templateMessages: (person) => call("GET", `/sandbox/people/${person}/template-messages`),
  subscriptions: (person, appid) => call("GET", `/sandbox/people/${person}/subscriptions/${appid}`),
  answerTemplate: (person, appid, template, answer) =>
    call("POST", `/sandbox/people/${person}/subscriptions/${appid}`, { answers: { [template]: answer } }),
  revokeTemplates: (person, appid) => call("DELETE", `/sandbox/people/${person}/subscriptions/${appid}`),
  blockTemplates: (person, appid, blocked) => call("PUT", `/sandbox/people/${person}/subscriptions/${appid}`, { blocked }),
  sms: (person) => call("GET", `/sandbox/people/${person}/sms`),
  replyToSms: (person, text) => call("POST", `/sandbox/people/${person}/sms/replies`, { text }),
  mails: (person) => call("GET", `/sandbox/people/${person}/mails`),
  setEmail: (person, email) => call("PUT", `/sandbox/people/${person}`, { email }),
  receivedLinks: (person) => call("GET", `/sandbox/people/${person}/links`),
  share: (receiver, link) => call("POST", `/sandbox/people/${receiver}/links`, link),
  qrCodes: (appid) => call("GET", `/sandbox/codes/${appid}`),
  miniCode: (person, kind, appid) => call("POST", `/sandbox/people/${person}/${kind}-codes`, { appid }),
  wallet: (person) => call("GET", `/sandbox/people/${person}/wallet`),
  configureWallet: (person, settings) => call("PUT", `/sandbox/people/${person}/wallet`, settings),
  payCode: (person, platform) => call("POST", `/sandbox/people/${person}/pay-codes`, { platform }),
  payments: (person) => call("GET", `/sandbox/people/${person}/payments`),
  answerPrompt: (person, charge, action) => call("POST", `/sandbox/people/${person}/prompts/${charge}`, { action }),
  payouts: (person) => call("GET", `/sandbox/people/${person}/payouts`),
  receivePayout: (person, id) => call("POST", `/sandbox/people/${person}/payouts/${id}`),
  findTransfer: (person, packageInfo) => call("POST", `/sandbox/people/${person}/transfer-packages`, { package: packageInfo }),
  merchantCodes: () => call("GET", "/sandbox/merchant-codes"),
  scanPayment: (person, code) => call("POST", `/sandbox/people/${person}/scans`, { code }),
  confirmPayment: (person, { platform, token }) =>
    platform === "wechat_pay"
      ? call("POST", `/sandbox/people/${person}/wechat-payments`, { code_url: token })
      : call("POST", `/sandbox/people/${person}/alipay-payments`, { qr_code: token }),
  faults: () => call("GET", "/sandbox/faults"),
  putFault: (fault) => call("PUT", "/sandbox/faults", fault),
  removeFault: (id) => call("DELETE", id === undefined ? "/sandbox/faults" : `/sandbox/faults/${id}`),
  clock: () => call("GET", "/sandbox/clock"),
  advance: (seconds) => call("POST", "/sandbox/clock", { advance_s: seconds }),
  tokens: () => call("GET", "/sandbox/tokens"),
  revokeTokens: (appid) => call("DELETE", `/sandbox/tokens/${appid}`),
};
