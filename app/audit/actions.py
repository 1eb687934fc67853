"""The names of audited acts and how a reader sees them."""

ACTIONS: dict[str, str] = {
    "officer.signed_in": "登录",
    "officer.signed_out": "退出",
    "case.entered": "录入案件",
    "case.edited": "修改案件",
    "case.screened": "筛查",
    "case.not_transferred": "记录不移送理由",
    "party.unmasked": "查看证件号码原文",
    "evidence.marked": "标注证据项",
    "file.added": "上传文件",
    "file.opened": "查阅文件",
    "file.removed": "移除文件",
    "clock.started": "期限起算",
    "clock.stopped": "期限终止",
}
