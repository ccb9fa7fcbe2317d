"""The platform routes of template messages and subscribe messages."""

from typing import Any

from flask import Blueprint

from sandbox import message_templates, template_messages
from sandbox.routes.request_context import (
    platform_payload,
    require_mini_program,
    require_official_account,
    sandbox_state,
)

templates = Blueprint("templates", __name__)
OK = {"errcode": 0, "errmsg": "ok"}


@templates.get("/cgi-bin/template/get_all_private_template")
def list_private_templates() -> dict[str, Any]:
    return {
        "template_list": [
            {
                "template_id": template.id,
                "title": template.title,
                "primary_industry": "商业服务",
                "deputy_industry": "会员服务",
                "content": template.content,
                "example": template.example,
            }
            for template in message_templates.list_templates(require_official_account())
        ]
    }


@templates.route("/cgi-bin/message/template/send", methods=["GET", "POST"])
def send_template() -> dict[str, Any]:
    account = require_official_account()
    message_id = template_messages.send_template(sandbox_state(), account=account, payload=platform_payload())
    return {**OK, "msgid": message_id}


@templates.get("/wxaapi/newtmpl/gettemplate")
def list_subscribe_templates() -> dict[str, Any]:
    return {
        **OK,
        "data": [
            {
                "priTmplId": template.id,
                "title": template.title,
                "content": template.content,
                "example": template.example,
                "type": 2,  # one acceptance for one message
            }
            for template in message_templates.list_templates(require_mini_program())
        ],
    }


@templates.route("/cgi-bin/message/subscribe/send", methods=["GET", "POST"])
def send_subscribe_message() -> dict[str, Any]:
    account = require_mini_program()
    message_id = template_messages.send_subscribe_message(
        sandbox_state(), account=account, payload=platform_payload()
    )
    return {**OK, "msgid": message_id}
