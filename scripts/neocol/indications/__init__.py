"""Claims made for microneedling, put to the model: `neocol.claims`.

    found = neocol.claims(draws=16)      # every claim that comes with neocol, over draws
    found.table                          # pandas, one row a claim
    found.markdown(), found.html()       # the pages
"""

from neocol.indications.judged import Judged, JudgedClaims, claims
from neocol.indications.read import Claim, Effect, Harm, Trial, read_claims

__all__ = ["Claim", "Effect", "Harm", "Judged", "JudgedClaims", "Trial", "claims", "read_claims"]
