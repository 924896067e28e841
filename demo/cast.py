"""The employees of the demo shop and their log-ins. Good for the demo only: `up` refuses to serve with them."""

from dataclasses import dataclass
from datetime import datetime

from prilavok.company import actions as company
from prilavok.kernel.actors import SYSTEM

PASSWORD = "prilavok-demo"
DOMAIN = "demo.example"


@dataclass(frozen=True)
class Person:
    login: str
    name: str
    role: str
    does: str

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


CAST = (
    Person("olga", "Ольга Хозяйкина", "owner", "владелица: видит и может всё"),
    Person("marina", "Марина Письменная", "marketer", "маркетолог: сегменты, кампании, отчёты"),
    Person("oleg", "Олег Звонков", "operator", "оператор: карточки клиентов, вопросы"),
    Person("sofia", "София Старшая", "supervisor", "старшая смены операторов"),
    Person("klara", "Клара Кассина", "cashier", "кассир: чеки и карты"),
    Person("anton", "Антон Цифров", "analyst", "аналитик: смотрит, но не пишет"),
    Person("ada", "Ада Админова", "administrator", "администратор: права, загрузка, здоровье"),
    Person("ivan", "Иван Связной", "integrator", "интегратор: API и обмен"),
    Person("max", "Максим Чужой", "", "сотрудник без прав"),
)


def hire(at: datetime) -> None:
    """Add whoever of the cast is missing."""
    for person in CAST:
        try:
            company.add_employee(
                email=person.email,
                name=person.name,
                password=PASSWORD,
                roles=[person.role] if person.role else [],
                by=SYSTEM,
                at=at,
                demo=True,
            )
        except company.EmailTaken:
            continue


def log_ins() -> list[tuple[str, str, str]]:
    """(e-mail, name, what they do) of everybody; the password is one for all."""
    return [(person.email, person.name, person.does) for person in CAST]
