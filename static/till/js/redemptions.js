// A coupon used up on its own, without a sale.

import { form } from "./dialogs.js";
import { yuan } from "../../m/js/money.js";
import { write } from "./outbox.js";
import { showStatus } from "./state.js";
import { play } from "./sound.js";

export function redeemCoupon(code = "") {
  form({
    title: "核销优惠券", submitLabel: "核销",
    fields: [
      { name: "code", label: "券码", value: code, placeholder: "扫码或输入" },
      { name: "amount_fen", label: "消费金额", kind: "money", optional: true, placeholder: "有门槛的券请填写" },
    ],
    async submit(values) {
      const answer = await write("POST", "/till/coupon-redemptions", values, "核销优惠券");
      showStatus("paid", "券已核销", [answer.name, answer.payable_fen > 0 && `还应付 ${yuan(answer.payable_fen)}`].filter(Boolean).join("，"));
      play("paid");
    },
  });
}
