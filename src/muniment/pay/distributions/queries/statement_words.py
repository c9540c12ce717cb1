"""Sentences of a statement that are made where it is put together, in each language it is printed in."""

from collections.abc import Mapping

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "point": "The net pool was divided by {points} points; one point was worth {money} {value}.",
        "owner": "collected for {name}",
        "NO_PAYEE": "The amount waits until a bank account of yours is approved.",
        "BELOW_MIN": "The amount waits until what you have coming reaches the least amount that is paid out.",
        "RECOVERY": "Part of the amount settles what was paid to you too much before.",
        "adjusts": "adjusts line {line} of distribution {run}: {reason}",
        "late_claim": "a claim that came later",
        "conflict_resolved": "a dispute was settled",
        "counter_claim": "another claim is against it",
        "successor": "another payee for the same owner",
        "work_found": "the work was found",
        "work_corrected": "another work was found",
        "corrected_share": "a share was corrected",
        "rounding": "rounding",
    },
    "ur": {
        "point": "خالص رقم {points} پوائنٹس پر تقسیم ہوئی؛ ایک پوائنٹ کی قیمت {money} {value} تھی۔",
        "owner": "{name} کی جانب سے وصول شدہ",
        "NO_PAYEE": "یہ رقم آپ کے بینک اکاؤنٹ کی منظوری تک رکی رہے گی۔",
        "BELOW_MIN": "یہ رقم اس وقت تک رکی رہے گی جب تک آپ کی واجب الادا رقم کم از کم ادائیگی کی حد تک نہ پہنچ جائے۔",
        "RECOVERY": "رقم کا کچھ حصہ اُس زائد ادائیگی میں کٹا جو آپ کو پہلے ہو چکی تھی۔",
        "adjusts": "تقسیم {run} کی سطر {line} کی درستی: {reason}",
        "late_claim": "دعویٰ بعد میں آیا",
        "conflict_resolved": "تنازع طے ہوا",
        "counter_claim": "اس کے خلاف دوسرا دعویٰ ہے",
        "successor": "اسی مالک کے لیے دوسرا وصول کنندہ",
        "work_found": "تخلیق مل گئی",
        "work_corrected": "دوسری تخلیق نکلی",
        "corrected_share": "حصہ درست کیا گیا",
        "rounding": "تقریب",
    },
}
"""Sentences of a statement that are made here, in each language it is printed in."""
