"""Why a relation or a household cannot be as it was told, in words."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class UnknownCustomer(Problem):
    code = "unknown_customer"
    message = _("There is no such customer, or not within your shops.")


class UnknownKind(Problem):
    code = "unknown_kind"
    message = _("There is no such kind of relation, or it is out of use. Kinds stand in the settings.")


class BadKind(Problem):
    code = "bad_kind"
    message = _("A code has 2 to 20 small Latin letters, digits and underscores.")


class NamesMissing(Problem):
    code = "names_missing"
    message = _("Give both names: what the first is to the second, and the other way round.")


class ToOneself(Problem):
    code = "to_oneself"
    message = _("Nobody is related to oneself: these two are one customer.")


class WrongSide(Problem):
    code = "wrong_side"
    message = _("Here stands a person where the kind asks for a company, or the other way round.")


class RelatedAlready(Problem):
    code = "related_already"
    status = 409
    message = _("These two are related so already.")


class Circle(Problem):
    code = "circle"
    status = 409
    message = _("A company cannot belong to one that belongs to it: the holding would run in a circle.")


class OtherParent(Problem):
    code = "other_parent"
    status = 409
    message = _("This company belongs to another one already. End that first.")


class TooDeep(Problem):
    code = "too_deep"
    message = _("A holding has at most %(most)s levels.")


class BadRelation(Problem):
    code = "bad_relation"


class PersonsOnly(Problem):
    code = "persons_only"
    message = _("A household has people, not companies.")


class InAnother(Problem):
    code = "in_another_household"
    status = 409
    message = _("This person is in another household. Let them leave it first.")


class NotAMember(Problem):
    code = "not_a_member"
    message = _("This person is not in the household.")


class HeadStays(Problem):
    code = "head_stays"
    status = 409
    message = _("A household needs a head: name another one before the head leaves.")
