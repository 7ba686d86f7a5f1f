"""What invented learners are and write: see `cohort.py`."""

from __future__ import annotations

_PHYSICIAN = ("primary_care", "primary_care", "internal_medicine", "internal_medicine", "anesthesiology_pain",
              "emergency_medicine", "psychiatry")  # fmt: skip
# Code and fields, and how often.
PROFESSIONS = (
    (("md", _PHYSICIAN), 45),
    (("do", _PHYSICIAN), 8),
    (("np", ("primary_care", "internal_medicine", "psychiatry")), 18),
    (("pa", ("primary_care", "emergency_medicine")), 10),
    (("rn", ("primary_care", "anesthesiology_pain")), 12),
    (("pharmd", ("pharmacy",)), 14),
)
YEARS = ("training", "0-5", "0-5", "6-15", "6-15", "6-15", "16-25", "26+")
SETTINGS = ("solo_or_group", "solo_or_group", "health_center", "community_hospital", "academic", "academic")
PLANS = (
    "Offer naloxone with every prescription above 50 MME a day.",
    "I will offer naloxone and explain it to the family.",
    "Offer naloxone to everybody who also takes a benzodiazepine.",
    "Check the prescription monitoring program before the first prescription.",
    "I'll check the prescription monitoring data at every visit.",
    "Check prescription monitoring for all new patients.",
    "Taper slowly, together with the patient, ten percent a month.",
    "Slow tapers that the patient agrees to; no abrupt stop.",
    "Plan a slow taper with shared decisions.",
    "Start with nonopioid therapies and exercise.",
    "Nonopioid therapies first, for acute back pain too.",
    "Prescribe nonopioid therapies first and for few days.",
)
HELP = (
    "A standing order for naloxone.",
    "Naloxone in stock at our clinic.",
    "Links from the health record to the monitoring program.",
    "More time for each visit.",
    "Time to talk, longer visits.",
    "Visits with enough time.",
    "Physical therapy that is covered by insurance.",
    "Insurance that covers physical therapy.",
    "Easier referrals to physical therapy.",
)
NEEDS = (
    "Buprenorphine in primary care.",
    "How to start buprenorphine at home.",
    "Buprenorphine for chronic pain.",
    "Pain in older adults.",
    "Chronic pain in older adults with dementia.",
    "Motivational interviewing.",
    "Motivational interviewing for tapers.",
    "Pain and sleep.",
)
REASONS = (
    "Visits are too short for a shared plan.",
    "Short visits, no time.",
    "No time in short visits.",
    "The pharmacy had no naloxone.",
    "Naloxone was not covered.",
    "Two patients refused naloxone.",
    "It went well with most patients.",
    "Waiting for physical therapy.",
)
# By the purpose of a question (activity.codes.Purpose).
TEXTS = {"change": PLANS, "barriers": HELP, "needs": NEEDS}
