"""What a page says after an act: the address names it, only these words are ever shown."""

DONE = {
    "entered": "案件已录入，并已对照追诉标准筛查。",
    "already": "该案件此前已录入，未重复登记。",
    "saved": "修改已保存。",
    "acted": "操作已完成。",
    "opened": "移送已建立，请补齐证据材料后报负责人审批。",
    "issued": "文书已编号制发，内容已固定。",
    "uploaded": "文件已上传。",
    "removed": "文件已移除。",
    "marked": "证据材料情况已登记。",
    "reason_recorded": "不移送的理由已记录。",
    "suspected": "合理嫌疑已认定，请在期限内提出移送报告。",
    "accumulated": "累计计算已确认，案件已重新筛查。",
    "outside_added": "平台外的处罚已补充，案件已重新筛查。",
    "clue_sent": "线索已登记。",
    "requested": "监督文书已制发，对方将收到通知。",
    "answered": "答复已提交。",
    "package_received": "卷宗包核验无误，移送已接收，请签收回执。",
    "read": "已全部标为已读。",
    "signed_out": "已退出登录。",
}
