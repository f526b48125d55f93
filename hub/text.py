"""Sentences that the hub says to people outside its pages: short messages, titles of events. It formats no page and no notice."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, str] = {
    "accepted": "【{window}】您的办件{case_no}：“{item}”已受理，承诺{days}个工作日内办结。进度可凭办件编号查询，咨询{phone}。",
    "refused": "【{window}】您的办件{case_no}：“{item}”不予受理，理由详见《不予受理决定书》，请到窗口或网上领取，咨询{phone}。",
    "correction": "【{window}】您的办件{case_no}：“{item}”需要补正材料，清单已一次性列明，请查看《补齐补正通知书》，咨询{phone}。",
    "approved": "【{window}】您的办件{case_no}：“{item}”{approved}，{result}将按您选择的方式送达，咨询{phone}。",
    "completed": "【{window}】您的办件{case_no}：“{item}”已办理完成，咨询{phone}。",
    "payment": "【{window}】您的办件{case_no}：“{item}”待缴款，金额和缴款途径请凭办件编号查询，缴款后继续办理，咨询{phone}。",
    "denied": "【{window}】您的办件{case_no}：“{item}”{denied}，理由和救济途径详见{denied_title}，咨询{phone}。",
    "terminated": "【{window}】您的办件{case_no}：“{item}”因前置事项未通过终止办理，详见《终止办理通知书》，咨询{phone}。",
}
"""Short messages by what they are about (seed 000 二(三): acceptance and refusal are told by SMS). They name no person."""

EVENTS: Mapping[str, str] = {
    "opened": "开始办理",
    "received": "已收件，出具收件回执",
    "dispatched": "已同步分办到各联办部门",
    "pushed": "已推送部门",
    "given_by_hand": "部门系统中断，转由部门人工办理",
    "accepted": "已受理",
    "taken": "已接单",
    "review_started": "开始审批",
    "pre_review_started": "开始容缺预审",
    "pre_reviewed": "容缺预审完成，等待前置结果",
    "released": "前置结果齐备，转入审批",
    "refused": "不予受理",
    "correction_asked": "一次性告知补正",
    "resubmitted": "已补正，重新提交",
    "corrected": "补正齐全，继续审批",
    "supplemented": "补交容缺材料",
    "suspended": "进入特别程序，暂停计时",
    "resumed": "特别程序结束，恢复计时",
    "approved": "准予许可",
    "completed": "办理完成",
    "looked_up": "部门数据已有核验结果",
    "gathering": "开始向签发部门获取文件",
    "gathered": "文件已取得并核对",
    "document_refused": "取得的文件不能采用，待人工处理",
    "not_gathered": "不再等待电子文件",
    "sheet_taken": "核验结果单已交牵头部门",
    "denied": "不予许可",
    "certificate_signed": "电子证照已签发",
    "withdrawn": "申请人撤回",
    "case_withdrawn": "整件撤回",
    "terminated": "因前置事项未通过而终止",
    "case_terminated": "整件终止",
    "case_refused": "整件不予受理",
    "finished": "各事项已有结果，进入送达",
    "delivered": "已送达",
    "closed": "已办结",
    "archived": "已归档",
    "returned": "退件",
}
"""Case events as a citizen and a clerk read them."""
