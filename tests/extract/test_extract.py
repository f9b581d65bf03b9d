#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""postern-extract over files of many types, whole and broken: what is in its records, and that it ends soon."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import files  # noqa: E402

PROGRAM = os.environ.get("POSTERN_EXTRACT", "./postern-extract")
ABLE = subprocess.run([PROGRAM, "-V"], capture_output=True, text=True, check=True).stdout.split()
failed = passed = skipped = 0


def records(data, *args, program=PROGRAM):
    start = time.time()
    run = subprocess.run([program, *args], input=data, capture_output=True, timeout=60, env={})
    out, at, text = [], 0, run.stdout
    while at < len(text):
        end = text.index(b"\n", at)
        name, size = text[at:end].split()
        body = text[end + 1:end + 1 + int(size)]
        assert text[end + 1 + int(size):end + 2 + int(size)] == b"\n", "framing"
        body.decode("utf-8")
        out.append("%s %s" % (name.decode(), body.decode()))
        at = end + 2 + int(size)
    return run.returncode, out, time.time() - start


def check(what, data, wanted, unwanted=(), args=(), status=0, seconds=10, program=PROGRAM):
    global failed, passed
    code, got, took = records(data, *args, program=program)
    whole = "\n".join(got)
    bad = [w for w in wanted if w not in whole] + ["not " + w for w in unwanted if w in whole]
    if code != status:
        bad.append("status %d" % code)
    if status == 0 and (not got or got[-1] != "end "):
        bad.append("no end")
    if took > seconds:
        bad.append("%.1f s" % took)
    if bad:
        failed += 1
        print("FAILED: %s: %s\n  %s" % (what, bad, whole[:600].replace("\n", "\n  ")))
    else:
        passed += 1


def documents():
    check("docx", files.docx("Visit bestgadgets.shop\nfor 20% off", ["https://evil.shop/a?b=1&c=2"], comment="call 555-0147", hidden="secret words"),
          ["type docx", "text Visit bestgadgets.shop\nfor 20% off", "url https://evil.shop/a?b=1&c=2", "call 555-0147", "secret words"],
          ["member", "fact"])
    check("docm", files.docx("hello", macros=True), ["type docx", "fact macros"])
    check("docx with a program", files.docx("hello", more=[("word/embeddings/oleObject1.exe", b"MZ" + bytes(300))]), ["member exe word/embeddings"])
    check("docx in utf-16", files.archive([("[Content_Types].xml", files.TYPES), ("word/document.xml",
          "<?xml?><w:p><w:t>wide words</w:t></w:p>".encode("utf-16"))]), ["wide words"])
    check("xlsx", files.xlsx([["Call us", 5551234567], ["Name", 12]], ["http://a.example/"]),
          ["type xlsx", "Call us", "5551234567", "url http://a.example/"])
    check("pptx", files.pptx(["Follow us & save"], ["https://x.example/"]), ["type pptx", "Follow us & save", "url https://x.example/"])
    check("odt", files.odt("Hello there", ["https://o.example/"]), ["type odf", "Hello there", "url https://o.example/"])
    check("encrypted odt", files.archive([("mimetype", "application/vnd.oasis.opendocument.text"),
          ("META-INF/manifest.xml", "<manifest:encryption-data/>")]), ["fact encrypted"])
    check("rtf", files.rtf("Grüße aus 深圳\nline {two}", "https://r.example/"),
          ["type rtf", "Grüße aus 深圳\nline {two}", "https://r.example/"], ["Arial", "Secret"])
    check("old word", files.ole("WordDocument"), ["type ole", "fact legacy"], ["macros"])
    check("old word with macros", files.ole("WordDocument", "_VBA_PROJECT"), ["fact legacy", "fact macros"])
    check("encrypted ooxml", files.ole("EncryptedPackage"), ["fact encrypted"], ["legacy"])
    check("text", b"caf\xe9 \0 \x1b[31m", ["type unknown"])
    check("broken utf-8", b"caf\xe9 x\x0cy", ["text caf\ufffd x\ny"])
    check("empty", b"", ["type empty"])
    check("html", b"<html><a href='https://h.example/'>x</a>", ["type html", "html <html>"])


def archives():
    check("zip", files.archive([("manual.pdf", b"%PDF-1.4 broken"), ("a/run.exe", b"MZ\x90\0" + bytes(200)), ("x.txt", b"some words")]),
          ["type zip", "member exe a/run.exe", "member pdf manual.pdf", "member text x.txt", "text some words"])
    check("encrypted zip", files.archive_encrypted("a.txt", b"hidden words"), ["fact encrypted", "member encrypted a.txt"])
    check("tar.gz", files.tar_gz([("d/x.txt", b"tarred words")]), ["type gzip", "text tarred words", "member text d/x.txt"])
    check("docx in a zip in a zip", files.nested(1, files.archive([("a.docx", files.docx("deep words"))])), ["deep words"])
    check("eight levels", files.nested(8, b"x" * 100), ["limit levels"])
    check("bomb", files.bomb(), ["limit unpacked"], seconds=8)
    check("bomb of members", files.archive([("%d.txt" % i, b"") for i in range(3000)]), ["limit files"])
    check("bomb in a document", files.docx("x", more=[("word/big.xml", b"<w:t>" + b"A" * (60 << 20))]), ["limit"], seconds=8)
    check("cut zip", files.archive([("x.bin", os.urandom(900))])[:300], ["type zip", "fact damaged"])
    check("cut gzip", files.tar_gz([("x", os.urandom(5000))])[:900], ["fact damaged"])
    check("rar by name only", b"Rar!\x1a\x07\x00" + bytes(50), ["type rar", "fact damaged"])


def pdfs():
    global skipped
    if "pdf" not in ABLE:
        print("SKIPPED: PDF (built without Poppler)")
        skipped += 1
        return
    check("pdf", files.pdf("Thank you (really)\nTotal 39.99", title="Invoice 12"), ["type pdf", "Thank you (really)", "Total 39.99", "text Invoice 12"], ["fact"])
    check("pdf with a link", files.pdf("click here", uri="https://bestgadgets.shop/x"), ["url https://bestgadgets.shop/x"])
    check("pdf with a script", files.pdf("x", script="app.alert(1)"), ["fact javascript"])
    check("pdf that starts a program", files.pdf("x", launch="cmd.exe"), ["fact launch"])
    check("pdf with a file", files.pdf("x", embedded=("run.exe", b"MZ\x90\0" + bytes(99))), ["member exe run.exe"])
    check("pdf with a document", files.pdf("x", embedded=("a.txt", b"inner words")), ["member text a.txt", "inner words"])
    check("encrypted pdf", files.pdf_encrypted(), ["fact encrypted"])
    check("empty pdf", files.pdf(""), ["fact no-text"])
    check("cut pdf", files.pdf("words " * 50)[:300], ["type pdf"])
    check("pages", files.pdf("x", pages=600), ["limit pages"])


def codes():
    global skipped
    if "codes" not in ABLE:
        print("SKIPPED: QR codes (built without zbar)")
        skipped += 1
        return
    for name, text in (("qr-shop", "https://bestgadgets.shop/coupon?c=SAVE20"), ("qr-digits", "1Z999AA10123456784"),
                       ("qr-white", "https://bestgadgets.shop/coupon?c=SAVE20")):
        with open(os.path.join(here, name + ".png"), "rb") as f:
            data = f.read()
        check(name, data, ["type png", "code " + text], args=["-q"])
        check(name + " unasked", data, ["type png"], ["code"])
    check("photo", files.photo(), ["type png"], ["code", "fact"], args=["-q"])
    check("pixel bomb", files.pixel_bomb(), ["fact image-unread"], args=["-q"], seconds=2)
    check("cut picture", files.photo()[:200], ["fact image-unread"], args=["-q"])
    check("one pixel", files.png(1, 1, lambda x, y: 0), ["type png"], ["code"], args=["-q"])


def sandbox():
    """Its limits hold: too little memory or time ends it with another status than 0."""
    check("output", b"word " * (3 << 18), ["limit output"], args=["-o", "1"])


def modules():
    """Without the module that reads archives a document is not one without text: it is unread. All else goes on."""
    with tempfile.TemporaryDirectory() as folder:
        alone = shutil.copy(PROGRAM, folder)
        check("no module: docx", files.docx("hello"), [], ["text"], status=1, program=alone)
        check("no module: zip", files.archive([("a.txt", b"hello")]), [], ["text"], status=1, program=alone)
        check("no module: rtf", files.rtf("hello"), ["type rtf", "text hello"], program=alone)
        able = subprocess.run([alone, "-V"], capture_output=True, text=True, check=True).stdout
        check("no module: abilities " + able.strip(), b"x", ["type text"] if able == "rtf\n" else ["only rtf"], program=alone)


documents()
archives()
pdfs()
codes()
sandbox()
modules()
print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
sys.exit(1 if failed else 0)
