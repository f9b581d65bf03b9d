// SPDX-License-Identifier: BSD-2-Clause
// The one door to libphonenumber, which is C++: is this a telephone number?
// Its util object is one for the process, made once, and locks what it caches.
#include "phone_lib.h"

#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

extern "C" int phone_lib_init(void)
{
	try {
		return PhoneNumberUtil::GetInstance() != nullptr ? 0 : -1;
	} catch (...) {
		return -1;
	}
}

extern "C" int phone_lib_valid(const char *number, const char *region)
{
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber parsed;

		if (util->Parse(number, region, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR)
			return 0;
		return util->IsValidNumber(parsed) ? 1 : 0;
	} catch (...) {
		return -1;
	}
}
