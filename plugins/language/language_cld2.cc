// SPDX-License-Identifier: BSD-2-Clause
// The one door to CLD2, which is C++: a C function around its detector. CLD2
// keeps its state on the stack, its tables are constants, so threads may share.
#include "cld.h"

#include <climits>
#include <cstdio> // the library's header forgets it
#include <cstring>

#include <cld2/public/compact_lang_det.h>

extern "C" void cld_detect(const char *text, size_t len, struct cld_answer *out)
{
	bool reliable = false;
	int bytes = len > INT_MAX / 2 ? INT_MAX / 2 : static_cast<int>(len);
	CLD2::Language language = CLD2::DetectLanguage(text, bytes, true, &reliable);
	const char *code = CLD2::LanguageCode(language);

	std::strncpy(out->code, code != nullptr ? code : "un", sizeof(out->code) - 1);
	out->code[sizeof(out->code) - 1] = '\0';
	out->reliable = reliable;
}
