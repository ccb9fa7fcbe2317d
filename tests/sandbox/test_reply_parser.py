"""Replies: read as strictly as the platform reads them."""

import pytest

from sandbox import reply_parser
from sandbox.accounts import Account
from tests.support.sandbox_client import SHOP

ACCOUNT = Account.model_validate(SHOP)
OPENID = "oPerson"
TEXT = "<MsgType>text</MsgType><Content>好</Content>"
ITEM = "<item><Title>店</Title><Description></Description><PicUrl></PicUrl><Url></Url></item>"


def letter(inner: str, *, to: str = OPENID, frm: str = ACCOUNT.original_id, time: str = "1800000000") -> str:
    head = f"<ToUserName>{to}</ToUserName><FromUserName>{frm}</FromUserName><CreateTime>{time}</CreateTime>"
    return f"<xml>{head}{inner}</xml>"


def news(count: int, items: str) -> str:
    return f"<MsgType>news</MsgType><ArticleCount>{count}</ArticleCount><Articles>{items}</Articles>"


def read(body: str, most_articles: int = 1) -> reply_parser.Reply | None:
    return reply_parser.parse(body, account=ACCOUNT, openid=OPENID, max_articles=most_articles)


@pytest.mark.parametrize("body", ["", "success"])
def test_silence_is_an_answer(body: str) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        (TEXT, "text"),
        ("<MsgType>image</MsgType><Image><MediaId>m</MediaId></Image>", "image"),
        ("<MsgType>voice</MsgType><Voice><MediaId>m</MediaId></Voice>", "voice"),
        ("<MsgType>video</MsgType><Video><MediaId>m</MediaId><Title>t</Title></Video>", "video"),
        ("<MsgType>music</MsgType><Music><ThumbMediaId>m</ThumbMediaId></Music>", "music"),
        (news(1, ITEM), "news"),
        ("<MsgType>transfer_customer_service</MsgType>", "transfer_customer_service"),
        (
            "<MsgType>transfer_customer_service</MsgType><TransInfo><KfAccount>k@shop</KfAccount></TransInfo>",
            "transfer_customer_service",
        ),
    ],
)
def test_every_kind_is_read(inner: str, kind: str) -> None:
    reply = read(letter(inner))
    assert reply is not None
    assert reply.kind == kind


@pytest.mark.parametrize(
    "body",
    [
        "ok",
        "Success",
        " success",
        '{"msg": "hi"}',
        "<xml>",
        "<html></html>",
        "<xml></xml>",
        "<!DOCTYPE xml [<!ENTITY a 'b'>]>" + letter(TEXT),
        letter(TEXT, to="oSomebodyElse"),
        letter(TEXT, frm=SHOP["appid"]),
        letter(TEXT, time="now"),
        letter(TEXT, time=""),
        letter(TEXT + "<Extra>1</Extra>"),
        letter(TEXT + "<Content>twice</Content>"),
        letter("<MsgType>text</MsgType>"),
        letter("<MsgType>text</MsgType><Content></Content>"),
        letter("<MsgType>text</MsgType><Content><b>x</b></Content>"),
        letter(f"<MsgType>text</MsgType><Content>{'字' * 683}</Content>"),
        letter("<Content>hi</Content>"),
        letter("<MsgType>dance</MsgType><Content>hi</Content>"),
        letter("<MsgType>image</MsgType><Image></Image>"),
        letter("<MsgType>image</MsgType><MediaId>m</MediaId>"),
        letter(news(2, ITEM)),
        letter(news(0, "")),
        letter(news(1, "<item><Title>店</Title></item>")),
        letter(news(1, ITEM.replace("店", ""))),
        letter(news(1, "<item></item>")),
        letter("<Encrypt>x</Encrypt>"),
    ],
)
def test_anything_else_is_out_of_order(body: str) -> None:
    with pytest.raises(reply_parser.InvalidReplyError):
        read(body)


def test_articles_beyond_the_limit_are_cut_off() -> None:
    reply = read(letter(news(3, ITEM * 3)), most_articles=2)
    assert reply is not None
    assert len(reply.content["Articles"]) == 2
