# SPDX-License-Identifier: BSD-2-Clause
"""Small files of many types, made from their specifications with Python's own library only."""
import gzip
import io
import struct
import tarfile
import zipfile
import zlib


def pdf(text="", uri=None, script=None, launch=None, embedded=None, title=None, pages=1):
    """One page of text in Helvetica; uri: a link over the page; script: runs when opened; embedded: (name, bytes)."""
    objects = []

    def add(body):
        objects.append(body)
        return len(objects)

    lines = b"".join(b"(%s) Tj T*\n" % line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("latin-1")
                     for line in text.split("\n"))
    stream = zlib.compress(b"BT /F1 12 Tf 14 TL 50 750 Td\n" + lines + b"ET")
    content = add(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    annots = b""
    if uri:
        action = b"<< /S /URI /URI (%s) >>" % uri.encode()
    elif launch:
        action = b"<< /S /Launch /F (%s) >>" % launch.encode()
    if uri or launch:
        link = add(b"<< /Type /Annot /Subtype /Link /Rect [0 0 600 800] /Border [0 0 0] /A %s >>" % action)
        annots = b"/Annots [%d 0 R]" % link
    pages_id = len(objects) + pages + 1
    kids = [add(b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R >> >> %s >>" % (pages_id, content, font, annots)) for _ in range(pages)]
    add(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % k for k in kids), pages))
    extra = b""
    if script:
        extra = b"/OpenAction << /S /JavaScript /JS (%s) >>" % script.encode()
        extra += b" /Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (%s) >>] >> >>" % script.encode()
    if embedded:
        name, data = embedded
        file = add(b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream" % (len(data), data))
        spec = add(b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F %d 0 R >> >>" % (name.encode(), name.encode(), file))
        extra = b"/Names << /EmbeddedFiles << /Names [(%s) %d 0 R] >> >>" % (name.encode(), spec)
    root = add(b"<< /Type /Catalog /Pages %d 0 R %s >>" % (pages_id, extra))
    info = add(b"<< /Title (%s) >>" % (title or "").encode())
    out, at = b"%PDF-1.5\n", []
    for i, body in enumerate(objects, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, info, start)


def pdf_encrypted():
    """A PDF whose trailer asks for a password that nobody has."""
    out = pdf("secret")
    return out.replace(b"trailer\n<< ", b"trailer\n<< /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (" + b"x" * 32 +
                       b") /U (" + b"y" * 32 + b") >> /ID [(0123456789abcdef) (0123456789abcdef)] ")


def archive(members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as z:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2024, 5, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else compression
            z.writestr(info, data)
    return out.getvalue()


def archive_encrypted(name, data):
    """A ZIP whose member says that it is encrypted."""
    out = bytearray(archive([(name, data)], zipfile.ZIP_STORED))
    out[6] |= 1
    out[out.rindex(b"PK\1\2") + 8] |= 1
    return bytes(out)


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'


def rels(urls):
    return RELS % "".join('<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" '
                          'Target="%s" TargetMode="External"/>' % (i, escape(u)) for i, u in enumerate(urls))


def docx(text, urls=(), macros=False, comment=None, hidden=None, more=()):
    runs = "".join("<w:p>%s</w:p>" % "".join("<w:r><w:t xml:space=\"preserve\">%s</w:t></w:r>" % escape(line[i:i + 7])
                                             for i in range(0, len(line), 7)) for line in text.split("\n"))
    if hidden:
        runs += "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>%s</w:t></w:r></w:p>" % escape(hidden)
    ns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    members = [("[Content_Types].xml", TYPES), ("word/document.xml", '<?xml version="1.0"?><w:document %s><w:body>%s</w:body></w:document>' % (ns, runs)),
               ("word/_rels/document.xml.rels", rels(urls)), ("word/styles.xml", "<w:styles %s/>" % ns)]
    if comment:
        members.append(("word/comments.xml", "<w:comments %s><w:comment><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:comment></w:comments>" % (ns, escape(comment))))
    if macros:
        members.append(("word/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))
    return archive(members + list(more))


def xlsx(rows, urls=()):
    strings = [c for row in rows for c in row if isinstance(c, str)]
    sheet = "".join("<row>%s</row>" % "".join('<c t="s"><v>%d</v></c>' % strings.index(c) if isinstance(c, str) else "<c><v>%s</v></c>" % c
                                              for c in row) for row in rows)
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return archive([("[Content_Types].xml", TYPES), ("xl/workbook.xml", "<workbook %s/>" % ns),
                    ("xl/sharedStrings.xml", "<sst %s>%s</sst>" % (ns, "".join("<si><t>%s</t></si>" % escape(s) for s in strings))),
                    ("xl/worksheets/sheet1.xml", "<worksheet %s><sheetData>%s</sheetData></worksheet>" % (ns, sheet)),
                    ("xl/worksheets/_rels/sheet1.xml.rels", rels(urls))])


def pptx(slides, urls=()):
    ns = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    members = [("[Content_Types].xml", TYPES), ("ppt/presentation.xml", "<p:presentation %s/>" % ns)]
    for i, text in enumerate(slides, 1):
        members.append(("ppt/slides/slide%d.xml" % i, "<p:sld %s><a:p><a:r><a:t>%s</a:t></a:r></a:p></p:sld>" % (ns, escape(text))))
        members.append(("ppt/slides/_rels/slide%d.xml.rels" % i, rels(urls)))
    return archive(members)


def odt(text, urls=()):
    body = "".join("<text:p>%s</text:p>" % escape(line) for line in text.split("\n"))
    body += "".join('<text:p><text:a xlink:href="%s">here</text:a></text:p>' % escape(u) for u in urls)
    return archive([("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml",
                    '<office:document-content xmlns:text="t" xmlns:xlink="x"><office:body>%s</office:body></office:document-content>' % body),
                    ("META-INF/manifest.xml", "<manifest/>"), ("styles.xml", "<styles/>")])


def rtf(text, uri=None):
    body = "".join("\\u%d?" % ord(c) if ord(c) > 127 else "\\par\n" if c == "\n" else "\\" + c if c in "{}\\" else c for c in text)
    field = '{\\field{\\*\\fldinst{HYPERLINK "%s"}}{\\fldrslt{here}}}' % uri if uri else ""
    return ("{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial Fonts;}}{\\*\\generator Secret 1;}\\f0 %s %s}" % (body, field)).encode()


def tar_gz(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)


def bomb(megabytes=600):
    """A ZIP of zeros: some hundred kilobytes that become many megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        with z.open(zipfile.ZipInfo("zeros.txt", (2024, 5, 1, 0, 0, 0)), "w") as f:
            pass
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    data, block, crc = b"", bytes(1 << 20), 0
    for _ in range(megabytes):
        data += compressor.compress(block)
        crc = zlib.crc32(block, crc)
    data += compressor.flush()
    size, name = megabytes << 20, b"zeros.txt"
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(data), size, len(name), 0) + name
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(data), size, len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + end


def nested(levels, inner):
    for i in range(levels):
        inner = archive([("level%d.zip" % i if i else "inner.txt", inner)])
    return inner


def ole(*names):
    """The first sectors of an old Office file, with names of streams in it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(n.encode("utf-16-le") + bytes(64) for n in names) + bytes(512)


def png(width, height, pixel):
    """Grey picture; pixel(x, y) gives 0 to 255."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(pixel(x, y) for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def photo(width=240, height=160):
    """Something that is no code."""
    return png(width, height, lambda x, y: (x * 7 + y * y // 9 + x * y // 31) % 256)


def pixel_bomb():
    """60,000 times 60,000 pixels by its header."""
    out = bytearray(png(30, 30, lambda x, y: 0))
    out[16:24] = struct.pack(">II", 60000, 60000)
    out[29:33] = struct.pack(">I", zlib.crc32(bytes(out[12:29])))
    return bytes(out)
