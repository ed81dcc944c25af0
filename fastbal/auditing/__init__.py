"""Are new rows like the real ones, and do they give the real ones away?"""

from fastbal.auditing._audit import audit
from fastbal.auditing._result import Audit

__all__ = ["Audit", "audit"]
