// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdbool.h>

#include "gen/mdoc.h"

/*
 * A line that starts with '.' or ''' would be a request. The '-' of options is
 * a minus, so that it can be copied from the page; that of "read-only" a hyphen.
 */
void mdoc_text(FILE *f, const char *s)
{
	bool line = true, word = true, option = false;

	for (; *s; s++) {
		if (line && (*s == '.' || *s == '\''))
			fputs("\\&", f);
		if (word)
			option = *s == '-';
		if (*s == '\\')
			fputs("\\e", f);
		else if (*s == '-' && option)
			fputs("\\-", f);
		else
			fputc(*s, f);
		line = *s == '\n';
		word = isspace((unsigned char)*s) || *s == '(';
	}
	fputc('\n', f);
}

/* What mdoc would take for punctuation or a macro is escaped. */
void mdoc_word(FILE *f, const char *s)
{
	for (const char *p = s; *p; p++) {
		/* Blanks would end the argument, '-' would become a hyphen. */
		if (*p == ' ')
			fputs("\\ ", f);
		else if (*p == '-')
			fputs("\\-", f);
		else if (*p == '\\')
			fputs("\\e", f);
		else if (*p == '"')
			fputs("\\(dq", f);
		else
			fprintf(f, "%s%c", p == s || ispunct((unsigned char)*p) ? "\\&" : "", *p);
	}
}
