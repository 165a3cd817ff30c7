"""The extensions, made once and bound to an app by the factory."""

from datetime import date
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_bootcheck import BootCheck


class Base(DeclarativeBase):
    """What every table has: a number, and a form that fits into JSON."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)

    def to_dict(self) -> dict[str, Any]:
        """The columns of this row; dates as ISO 8601."""
        values = {column.key: getattr(self, column.key) for column in self.__mapper__.columns}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
        }


db = SQLAlchemy(model_class=Base)
bootcheck = BootCheck()
