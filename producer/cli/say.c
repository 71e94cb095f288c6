#include "say.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 2048

static void __attribute__((format(printf, 1, 0))) print_line(const char *format, va_list args)
{
    char line[LINE_MAX_BYTES];

    vsnprintf(line, sizeof line, format, args);
    fprintf(stderr, "autohttp: %s\n", line);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(format, args);
    va_end(args);
}

enum exit_code say_fail(enum exit_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(format, args);
    va_end(args);
    return code;
}

enum exit_code say_rc(enum rc rc, const char *what, const char *errstr)
{
    return say_fail(exits_from_rc(rc), "%s: %s", what, errstr[0] != '\0' ? errstr : rc_get_name(rc));
}
