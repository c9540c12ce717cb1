"""The words of a certificate in each language that it can be in."""

RIGHT_TO_LEFT = frozenset({"ur"})

LABELS: dict[str, dict[str, str]] = {
    "en": {
        "heading": "Certificate of deposit",
        "certifies": "This certifies that the content below was deposited by the holder at the time stated.",
        "number": "Certificate",
        "holder": "Holder",
        "title": "Title",
        "note": "Note",
        "deposit": "Deposit",
        "deposited": "Deposited at (UTC)",
        "issued": "Issued at (UTC)",
        "digest": "SHA-256 of the content",
        "files": "Files",
        "bytes": "Bytes",
        "more": "and {count} more, which the attached list names",
        "log": "Transparency log",
        "leaf": "Leaf and tree size",
        "check": "How to check it",
        "how": "Anybody can check this certificate without asking us: its signature with any PDF reader, and everything"
        " else with the files attached to it. docs/verify.md of the software says how. The code leads to the public"
        " record, which says whether the certificate was withdrawn.",
        "means": "It shows that the content existed and was handed in at that time. It does not show who made it, nor"
        " that it is new.",
        "attached": "Attached",
    },
    "ur": {
        "heading": "سندِ اندراج",
        "certifies": "تصدیق کی جاتی ہے کہ درج ذیل مواد حامل نے بیان کردہ وقت پر جمع کرایا۔",
        "number": "سند",
        "holder": "حامل",
        "title": "عنوان",
        "note": "نوٹ",
        "deposit": "جمع شدہ مواد",
        "deposited": "جمع کرانے کا وقت (UTC)",
        "issued": "اجرا کا وقت (UTC)",
        "digest": "مواد کا SHA-256",
        "files": "فائلیں",
        "bytes": "بائٹ",
        "more": "اور مزید {count}، جو منسلک فہرست میں درج ہیں",
        "log": "شفافیت کا لاگ",
        "leaf": "پتّے کا نمبر اور درخت کا حجم",
        "check": "جانچ کا طریقہ",
        "how": "ہر شخص ہم سے پوچھے بغیر اس سند کی جانچ کر سکتا ہے: دستخط کسی بھی PDF پروگرام سے، اور باقی سب کچھ منسلک"
        " فائلوں سے۔ سافٹ ویئر کی docs/verify.md میں طریقہ درج ہے۔ کوڈ عوامی ریکارڈ تک لے جاتا ہے، جو بتاتا ہے کہ"
        " سند واپس لی گئی ہے یا نہیں۔",
        "means": "یہ سند بتاتی ہے کہ مواد اس وقت موجود تھا اور جمع کرایا گیا۔ یہ نہیں بتاتی کہ اسے کس نے بنایا، نہ یہ"
        " کہ وہ نیا ہے۔",
        "attached": "منسلکات",
    },
    "zh": {
        "heading": "存证证书",
        "certifies": "兹证明下列内容由持有人于所载时间存证。",
        "number": "证书编号",
        "holder": "持有人",
        "title": "名称",
        "note": "备注",
        "deposit": "存证编号",
        "deposited": "存证时间（UTC）",
        "issued": "签发时间（UTC）",
        "digest": "内容的 SHA-256",
        "files": "文件数",
        "bytes": "字节数",
        "more": "另有 {count} 个文件，见所附清单",
        "log": "透明日志",
        "leaf": "叶序号与树大小",
        "check": "核验方法",
        "how": "任何人无需询问我们即可核验本证书：签名可用任何 PDF 阅读器核验，其余可用所附文件核验，方法见软件的"
        " docs/verify.md。二维码指向公开记录，可查证书是否已撤回。",
        "means": "本证书证明该内容在该时间已存在并已提交，不证明其作者，也不证明其新颖性。",
        "attached": "附件",
    },
}
