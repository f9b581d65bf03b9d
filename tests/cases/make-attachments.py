#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the cases att-*, img-* and qr-*: messages with files that are made by tests/extract/files.py.

The written files are what is tested; run this again only to change one: tests/cases/make-attachments.py
"""
import base64
import os
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "extract"))
import files  # noqa: E402

WALMART, AMAZON = "0123abcd@relay.walmart.com", "k3j4h5g6f7d8@marketplace.amazon.com"
BODY = ("Dear Maria,\n\nthank you for your patience. Please find the file that you asked for attached. "
        "Your order arrives on Friday.\n\nBest regards\nAnna\n")


def part(name, kind, data, disposition="attachment", cid=None):
    quoted = name if all(32 <= ord(c) < 127 for c in name) else "=?utf-8?B?%s?=" % base64.b64encode(name.encode()).decode()
    lines = base64.encodebytes(data).decode()
    return ('Content-Type: %s; name="%s"\nContent-Disposition: %s; filename="%s"\n%sContent-Transfer-Encoding: base64\n\n%s' %
            (kind, quoted, disposition, quoted, "Content-ID: <%s>\n" % cid if cid else "", lines))


def raw_part(header, text):
    return header + "\n\n" + text


def case(name, comment, action, parts, rules=(), nots=(), to=WALMART, body=BODY, html=None):
    first = "Content-Type: text/plain; charset=utf-8\n\n" + body
    if html:
        first = "Content-Type: text/html; charset=utf-8\n\n" + html + "\n"
    text = "".join("--b\n%s\n" % p.rstrip("\n") for p in [first, *parts]) + "--b--\n"
    head = ("From: Anna <care@seller.example>\nTo: %s\nSubject: Re: your order\nDate: Fri, 3 May 2024 10:00:00 +0000\n"
            "Message-ID: <%s@seller.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n" % (to, name))
    with open(os.path.join(here, name + ".eml"), "w", encoding="utf-8") as f:
        f.write(head + text)
    with open(os.path.join(here, name + ".expect"), "w", encoding="utf-8") as f:
        f.write("# %s.expect: %s\ndirection: out\nfrom: care@seller.example\nto: %s\naction: %s\n" % (name, comment, to, action))
        f.write("".join("rule: %s\n" % r for r in rules) + "".join("not-rule: %s\n" % r for r in nots))


def picture(name):
    with open(os.path.join(here, "..", "extract", name + ".png"), "rb") as f:
        return f.read()


PDF, DOCX, ANY = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/octet-stream"
ALL = ("MP-ATT", "MP-IMG", "MP-QR", "MP-LINK", "MP-PROMO")
INVOICE = files.pdf("INVOICE 2024-0815\nOrder 114-5652017-6650426\n2 x Desk lamp   39.99   79.98\nVAT 19%   12.77\nTotal   79.98\nPaid. Thank you.")
MANUAL = ("Assembly\n1. Put the base on a flat surface.\n2. Turn the four screws by hand.\n"
          "3. Hold the power button for 10 seconds to reset the lamp.\nKeep away from water.")


def attachments():
    case("att-01-coupon-name", "policy 3b 16: only the name advertises", "hold",
         [part("20%_OFF_coupon_visit_bestgadgets_shop.pdf", PDF, files.pdf("Thank you"))], ["MP-ATT"])
    case("att-02-program", "a program that calls itself a PDF", "hold", [part("manual.pdf", PDF, b"MZ\x90\0" + bytes(400))], ["MP-ATT"])
    case("att-03-double-extension", "two extensions", "hold", [part("invoice.pdf.exe", ANY, b"MZ\x90\0" + bytes(400))], ["MP-ATT"])
    case("att-04-rtl-override", "policy extras: a name that is written backwards", "hold",
         [part("label\u202egnp.scr", "image/png", files.photo())], ["MP-ATT"])
    case("att-05-zip", "an archive with a program", "hold",
         [part("photos.zip", "application/zip", files.archive([("photo.jpg.exe", b"MZ\x90\0" + bytes(200))]))], ["MP-ATT"])
    case("att-06-encrypted-zip", "nobody can look inside", "hold",
         [part("invoice.zip", "application/zip", files.archive_encrypted("invoice.txt", b"hello"))], ["MP-ATT"])
    case("att-07-macros", "a document with macros", "hold", [part("manual.docx", DOCX, files.docx(MANUAL, macros=True))], ["MP-ATT"])
    case("att-08-old-word", "an old format that can't be read", "hold",
         [part("manual.doc", "application/msword", files.ole("WordDocument"))], ["MP-ATT"])
    case("att-09-pdf-link", "policy extras: a link over the page of a PDF, not in its text", "reject",
         [part("manual.pdf", PDF, files.pdf("Please read the instructions here.", uri="https://bestgadgets.shop/more"))], ["MP-LINK"])
    case("att-10-pdf-text", "advertising inside a PDF", "hold",
         [part("thanks.pdf", PDF, files.pdf("Use coupon code SAVE20 for 20% off your next order!\nVisit our store for more great deals."))], ["MP-PROMO"])
    case("att-11-docx-link", "a link in a document's relations", "reject",
         [part("manual.docx", DOCX, files.docx(MANUAL, ["https://bestgadgets.shop/x"]))], ["MP-LINK"])
    case("att-12-docx-hidden", "advertising in hidden text", "hold",
         [part("manual.docx", DOCX, files.docx(MANUAL, hidden="Use coupon code SAVE20 for 20% off your next order! Visit our store for more great deals."))], ["MP-PROMO"])
    case("att-13-vcard", "policy extras: a contact card", "hold",
         [raw_part("Content-Type: text/vcard; name=anna.vcf\nContent-Disposition: attachment; filename=anna.vcf",
                   "BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nTEL:+1 626 555 0147\nEND:VCARD")], ["MP-ATT"])
    case("att-14-html", "a page as a file", "reject",
         [part("details.html", "text/html", b"<html><body><a href='https://bestgadgets.shop/'>More</a></body></html>")], ["MP-ATT", "MP-LINK"])
    case("att-15-tnef", "danger 54: winmail.dat", "hold", [part("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22" + bytes(100))], ["MP-ATT"])
    case("att-16-bomb", "danger 54: an archive that unpacks to many megabytes", "hold",
         [part("logs.zip", "application/zip", files.bomb(64))], ["MP-ATT", "POSTERN-FILE"])
    case("att-18-encrypted-pdf", "a PDF with a password", "hold", [part("invoice.pdf", PDF, files.pdf_encrypted())], ["MP-ATT"])
    case("att-19-name-lies", "a picture that calls itself a PDF", "hold", [part("invoice.pdf", PDF, files.photo())], ["MP-ATT"])
    case("att-20-embedded", "a script inside a PDF", "hold",
         [part("manual.pdf", PDF, files.pdf("Manual", embedded=("install.js", b"WScript.Echo(1)")))], ["MP-ATT"])
    case("att-21-xlsx", "an address in a sheet", "reject",
         [part("prices.xlsx", ANY, files.xlsx([["See", "www.bestgadgets.shop"], ["Lamp", 12]]))], ["MP-LINK"])
    case("att-22-rtf", "a field of RTF", "reject", [part("manual.rtf", "application/rtf", files.rtf(MANUAL, "https://bestgadgets.shop/"))], ["MP-LINK"])
    case("att-23-shortcut", "a shortcut to a page", "reject",
         [part("shop.url", ANY, b"[InternetShortcut]\r\nURL=https://bestgadgets.shop/\r\n")], ["MP-ATT"])
    case("att-24-forwarded", "policy extras: a message in the message with advertising", "hold",
         [raw_part("Content-Type: message/rfc822", "From: promo@seller.example\nSubject: deals\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"
                   "Use coupon code SAVE20 for 20% off your next order! Visit our store for more great deals.")], ["MP-PROMO"])


def honest_attachments():
    case("att-50-good-invoice", "policy 3b 5: an invoice", "pass", [part("invoice.pdf", PDF, INVOICE + b"%" + b"x" * 200000)], nots=ALL, to=AMAZON)
    case("att-51-good-photo", "a photo", "pass", [part("IMG_20240501_102233.png", "image/png", files.photo())], nots=ALL)
    case("att-52-good-label", "a label", "pass", [part("Return_Label_1Z999AA10123456784.pdf", PDF, files.pdf("UPS\n1Z999AA10123456784\nSHIP TO: Returns, 12 Main St, Springfield"))], nots=ALL)
    case("att-53-good-manual", "a manual", "pass", [part("manual.docx", DOCX, files.docx(MANUAL, comment="check step 2"))], nots=ALL)
    case("att-54-good-inline", "a logo in the signature", "pass", [part("logo.png", "image/png", files.photo(60, 20), "inline", "logo")],
         nots=ALL, html="<p>Dear Maria,</p><p>your order was sent today and arrives on Friday.</p><img src='cid:logo' alt='Best Gadgets'>")
    case("att-55-good-smime", "an S/MIME signature", "pass", [part("smime.p7s", "application/pkcs7-signature", bytes.fromhex("3080" "06092a864886f70d010702") + b"\xa0\x80" + bytes(300))], nots=ALL)
    case("att-56-good-two", "two photos and a warranty card", "pass",
         [part("front.png", "image/png", files.photo()), part("back.png", "image/png", files.photo(200, 100)),
          part("Warranty card.pdf", PDF, files.pdf("Two years of warranty from the day of purchase."))], nots=ALL)
    case("att-57-good-walmart-link", "an allowed link in a PDF", "pass",
         [part("returns.pdf", PDF, files.pdf("Start your return here.", uri="https://www.walmart.com/returns"))], nots=ALL)
    case("att-58-good-whatsapp-name", "a photo with WhatsApp's default name", "pass",
         [part("WhatsApp Image 2024-05-01 at 10.22.33.png", "image/png", files.photo())], nots=ALL)
    case("att-59-good-trouble-name", "a picture of a customer's trouble", "pass", [part("coupon not applied screenshot.png", "image/png", files.photo())], nots=ALL)
    case("att-60-good-sheet", "a packing list", "pass",
         [part("packing list.xlsx", ANY, files.xlsx([["SKU", "Qty"], ["AX-4711", 2], ["Carton 40x30x20 cm", 1]]))], nots=ALL)
    case("att-61-good-foreign-manual", "the language rule does not judge files", "pass",
         [part("anleitung.pdf", PDF, files.pdf("Bitte lesen Sie diese Anleitung vor dem Gebrauch sorgf\u00e4ltig durch und bewahren Sie sie auf."))], nots=ALL + ("MP-LANG",))
    case("att-62-good-text", "steps in a text file", "pass", [part("steps.txt", "text/plain", MANUAL.encode())], nots=ALL)
    case("att-63-good-scan", "a scanned page: no text in it", "pass", [part("receipt.pdf", PDF, files.pdf(""))], nots=ALL)
    case("att-64-good-odt", "OpenDocument", "pass", [part("manual.odt", "application/vnd.oasis.opendocument.text", files.odt(MANUAL))], nots=ALL)


def codes():
    case("qr-01-shop", "policy 3b 9: a code that leads to a coupon page", "hold", [part("card.png", "image/png", picture("qr-shop"))], ["MP-QR"])
    case("qr-02-inline", "the same within the text", "hold", [part("image001.png", "image/png", picture("qr-shop"), "inline", "code")], ["MP-QR"],
         html="<p>Dear Maria,</p><p>your order was sent today and arrives on Friday.</p><img src='cid:code'>")
    case("qr-03-white", "light on dark", "hold", [part("card.png", "image/png", picture("qr-white"))], ["MP-QR"])
    case("qr-04-in-docx", "in a document", "hold",
         [part("manual.docx", DOCX, files.docx(MANUAL, more=[("word/media/image1.png", picture("qr-shop"))]))], ["MP-QR"])
    case("qr-50-good-tracking", "a label's tracking number", "pass", [part("label.png", "image/png", picture("qr-digits"))], nots=ALL)
    case("qr-51-good-photo", "no code at all", "pass", [part("photo.png", "image/png", files.photo())], nots=ALL)
    case("qr-52-good-amazon", "a code to the marketplace itself", "pass", [part("return.png", "image/png", picture("qr-amazon"))], nots=ALL, to=AMAZON)


def images():
    case("img-01-pixel", "a tracking pixel at another site", "reject", [], ["MP-LINK"], to=AMAZON,
         html="<p>Dear Maria,</p><p>your order was sent today and arrives on Friday.</p><img src='https://t.crm.example/open/77.gif' width=1 height=1>")
    case("img-50-good-cid", "a picture that comes along", "pass", [part("photo.png", "image/png", files.photo(), "inline", "p")], nots=ALL,
         html="<p>Dear Maria,</p><p>this is the part that you need to turn.</p><img src='cid:p' alt='the part' width=240>")


attachments()
honest_attachments()
codes()
images()
