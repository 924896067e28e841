"""What the bytes of a file are, whatever its name says."""

from pathlib import PurePath

_BEGINNINGS: list[tuple[bytes, str]] = [
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),  # Word and Excel before 2007, Outlook
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
]
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"#!")
_ZIPPED = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
LOOKED_AT = 4096  # bytes at the beginning


def media_type(head: bytes, name: str) -> str:
    """The media type by the first bytes; the name only tells apart what is packed alike.

    >>> media_type(b"%PDF-1.7 ...", "contract.docx"), media_type(b"PK\\x03\\x04....", "price.xlsx")[-5:]
    ('application/pdf', 'sheet')
    >>> media_type("Договор".encode(), "a.txt"), media_type(b"\\x00\\x01", "a.bin")
    ('text/plain', 'application/octet-stream')
    """
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _ZIPPED.get(PurePath(name.lower()).suffix, "application/zip")
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(
            head[8:12], "application/octet-stream"
        )
    if head[4:8] == b"ftyp":
        return "image/heic" if head[8:11] in (b"hei", b"mif") else "video/mp4"
    return "text/plain" if _is_text(head) else "application/octet-stream"


def is_program(head: bytes) -> bool:
    """Whether it would run: nobody sends a program to be kept with a customer but by mistake or malice.

    >>> is_program(b"MZ\\x90"), is_program(b"%PDF-")
    (True, False)
    """
    return head.startswith(_PROGRAMS)


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    for cut in range(4):  # the last letter may be cut in two
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def file_name(name: str) -> str:
    """A bare name without a path, without what turns or hides letters, not longer than it may be.

    >>> file_name("C:\\\\docs\\\\договор.pdf"), file_name("../../etc/passwd"), file_name("a\\u202egpj.exe")
    ('договор.pdf', 'passwd', 'agpj.exe')
    """
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    tidy = " ".join("".join(letter for letter in bare if letter.isprintable()).split())
    stem, suffix = PurePath(tidy).stem, PurePath(tidy).suffix[:20]
    return f"{stem[: 255 - len(suffix)]}{suffix}" or "file"
