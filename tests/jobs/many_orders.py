"""A large file of orders with everything that can be wrong in it, and what should become of it."""

from teams.models import Territory
from tests import make


def orders(n):
    """`n` lines: every 7th has an unknown rep, every 11th says again what stands 10 lines above, every 20th is a return of a later line."""
    campaign = make.campaigns(make.calendar(make.territories()["UA"]))[1]
    rep = make.rep("101", Territory.objects.get(code="UA-N-01"), login=False)
    lines = ["order_no,kind,returns_order_no,rep_code,year,campaign,placed_on,amount"]
    truth = {}
    for k in range(2, n + 2):
        number, kind, returns, code, amount = f"O{k}", "order", "", rep.code, 100
        if k % 20 == 0 and k + 3001 < n and (k + 3001) % 7 and (k + 3001) % 11 and (k + 3001) % 20:
            kind, returns, amount = "return", f"O{k + 3001}", -100
        if k % 7 == 0:
            code = "nobody"
        if k % 11 == 0 and k > 12:
            number = f"O{k - 10}"
        outcome = "d" if number in truth else "r" if code == "nobody" else "c"
        truth.setdefault(number, (k, outcome))
        lines.append(f"{number},{kind},{returns},{code},{campaign.year},{campaign.number},{campaign.starts_on},{amount}")
    good = sum(1 for _line, outcome in truth.values() if outcome == "c")
    bad = len(truth) - good
    return "\n".join(lines).encode(), {"created": good, "rejected": bad, "duplicate": n - good - bad}
