"""A card's number drawn for a scanner: EAN-13 bars and QR, as SVG. Pure."""

from io import BytesIO

import segno

from prilavok.loyalty import numbering

_LEFT = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
_RIGHT = tuple("".join("10"[int(bit)] for bit in code) for code in _LEFT)
_MIRRORED = tuple(code[::-1] for code in _RIGHT)
_PARITY = (
    "000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010",
)  # fmt: skip
_QUIET = 11  # empty modules at either side, as the standard asks
_HEIGHT, _GUARD = 50, 55
_SIX = ' textLength="42"'  # six digits under their bars


def ean13_modules(number: str) -> str:
    """The 95 dark (1) and light (0) modules of an EAN-13.

    >>> modules = ean13_modules("2900000012349")
    >>> len(modules), modules[:10], modules[45:50]
    (95, '1010001011', '01010')
    """
    left = "".join(
        (_MIRRORED if parity == "1" else _LEFT)[int(digit)]
        for digit, parity in zip(number[1:7], _PARITY[int(number[0])], strict=True)
    )
    right = "".join(_RIGHT[int(digit)] for digit in number[7:])
    return f"101{left}01010{right}101"


def is_ean13(number: str) -> bool:
    """Whether a number can stand under EAN-13 bars.

    >>> is_ean13("2900000012349"), is_ean13("2900000012346"), is_ean13("VIP00007")
    (True, False, False)
    """
    return len(number) == 13 and number.isdecimal() and numbering.ean_digit(number[:12]) == number[12]


def ean13(number: str) -> str:
    """The bars with their digits beneath, as an SVG that a page or a printer takes as it is."""
    modules = ean13_modules(number)
    bars = "".join(
        f"M{_QUIET + place} 0v{_GUARD if place < 3 or 45 <= place < 50 or place >= 92 else _HEIGHT}h1V0z"
        for place, module in enumerate(modules)
        if module == "1"
    )
    digits = [(2, "", number[0]), (_QUIET + 3, _SIX, number[1:7]), (_QUIET + 50, _SIX, number[7:])]
    words = "".join(f'<text x="{x}" y="{_GUARD + 5}"{wide}>{text}</text>' for x, wide, text in digits)
    width = 95 + 2 * _QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -2 {width} {_GUARD + 9}" width="{width * 2}"'
        f' height="{(_GUARD + 9) * 2}" role="img" aria-label="{number}">'
        f'<rect y="-2" width="{width}" height="{_GUARD + 9}" fill="#fff"/><path d="{bars}" fill="#000"/>'
        f'<g font-family="monospace" font-size="9" fill="#000">{words}</g></svg>'
    )


def qr(number: str) -> str:
    """The number as a QR code, as an SVG of its own."""
    drawn = BytesIO()
    segno.make(number, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, scale=4, border=3, dark="#000", light="#fff", title=number
    )
    return drawn.getvalue().decode()
