/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_PEM_H
#define POSTERN_EVIDENCE_PEM_H

#include "audit/sign.h"
#include "core/buf.h"

/* Keys and signatures of Ed25519 in the forms that openssl(1) reads. */

/* A public key (hex) as SubjectPublicKeyInfo (RFC 8410) in PEM. 0, or -1: no key, or memory is out. */
int pem_key_write(struct buf *out, const char *public_hex);
/* The reverse: the key of such a file in hex. 0, or -1: it is none. */
int pem_key_read(struct slice pem, char public_hex_r[SIGN_KEY_HEX]);
/* A signature (hex) as its 64 bytes, and the reverse. */
int pem_signature_write(struct buf *out, const char *signature_hex);
int pem_signature_read(struct slice bytes, char signature_hex_r[SIGN_HEX]);

#endif
