"""Card packs: what a task brings to WeChat and Alipay."""
