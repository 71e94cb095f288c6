/* fuzz: what the fuzz targets share. A target is a file fuzz_<name>.c with LLVMFuzzerTestOneInput(): it gives any bytes
 * to one reader of foreign input and holds what the reader's header promises beyond "no crash".
 *
 * FUZZ_CHECK ends the process as a sanitizer does, so that libFuzzer keeps the input and tests/fuzz/run tells the
 * command that repeats it. Built with clang, ASan and UBSan only (AUTOHTTP_FUZZ).
 *
 * Memory:  fuzz_copy_text() gives; free().
 * Threads: one.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_ERRSTR_BYTES 256

#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy with a NUL behind it, of exactly that size, so that ASan sees a read beyond. */
static inline char *fuzz_copy_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* An error text is there if something was refused, ends, and holds only what may go into a log line as it is. */
static inline void fuzz_check_errstr(const char *errstr)
{
    FUZZ_CHECK(errstr[0] != '\0' && strlen(errstr) < FUZZ_ERRSTR_BYTES);
    for (; *errstr != '\0'; errstr++)
        FUZZ_CHECK((unsigned char)*errstr >= 0x20 && (unsigned char)*errstr != 0x7f);
}

#endif
