"""The names of audited acts and how a reader sees them."""

from app.law.procedure_table import clue_procedure, transfer_procedure

ACTIONS: dict[str, str] = {
    "officer.signed_in": "登录",
    "officer.signed_out": "退出",
    "case.entered": "录入案件",
    "case.edited": "修改案件",
    "case.screened": "筛查",
    "case.not_transferred": "记录不移送理由",
    "case.suspicion_found": "认定合理嫌疑",
    "case.accumulation_found": "确认累计计算",
    "case.outside_penalty": "补充平台外的行政处罚",
    "party.unmasked": "查看证件号码原文",
    "evidence.marked": "标注证据项",
    "file.added": "上传文件",
    "file.opened": "查阅文件",
    "file.removed": "移除文件",
    "file.damaged": "发现文件损坏",
    **{f"transfer.{action.id}": action.label for action in transfer_procedure().actions},
    "clock.expired": "期限届满",
    **{f"clue.{action.id}": f"线索：{action.label}" for action in clue_procedure().actions},
    "supervision.issued": "提出监督请求",
    "supervision.answered": "答复监督请求",
    "supervision.accepted": "认可答复",
    "supervision.escalated": "报上一级机关",
    "supervision.withdrawn": "撤回监督请求",
}
