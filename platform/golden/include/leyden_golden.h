/* leyden_golden.h: the bit-true arithmetic of Leyden's macro, converter, ABN, feeder, vector unit
 * and whole layers, for test benches. C99 (and C++); docs/golden.md has examples and the
 * SystemVerilog side.
 *
 * Conventions
 * - Every function that can fail returns a leyden_status; leyden_last_error() has the sentence.
 * When it fails, an output of one value is 0 and an array is as it was, unless the description says
 *   more. No exception leaves the library and nothing aborts.
 * - A chip (leyden_chip) is the arithmetic of one chip file: its CIM units ("macros"), LMEM and
 *   vector unit. Calls with one chip wait for each other, calls with several run side by side: any
 *   thread may call anything.
 * - Addresses are those of the bus (LMEM begins at 0x20000000), offsets of the weight window those
 *   of configs/registers/cim.yaml, job words those of the job registers in their order.
 * - Codes are unsigned, tensors dense NHWC, words little-endian. */
#ifndef LEYDEN_GOLDEN_H
#define LEYDEN_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ----------------------------------------------------------------------------------
 * A library serves every header of its own major version and of its minor version or a lower one.
 * The major version is the SOVERSION. */
#define LEYDEN_GOLDEN_VERSION_MAJOR 1
#define LEYDEN_GOLDEN_VERSION_MINOR 0
#define LEYDEN_GOLDEN_VERSION \
  ((uint32_t)LEYDEN_GOLDEN_VERSION_MAJOR << 16 | LEYDEN_GOLDEN_VERSION_MINOR)

/* What a call came to. */
typedef int32_t leyden_status;
enum {
  LEYDEN_OK = 0,
  LEYDEN_NULL_POINTER = 1, /* an argument that must not be NULL is */
  LEYDEN_BAD_HANDLE = 2,   /* no open chip: closed, or never opened */
  LEYDEN_BAD_VALUE = 3,    /* an argument outside its range, or not a number */
  LEYDEN_BAD_CHIP = 4,     /* the chip file or an override is wrong */
  LEYDEN_OUTSIDE = 5,      /* an address, region or place that is not there */
  LEYDEN_REFUSED = 6,      /* the unit refuses the job; its ERROR_CODE is told */
  LEYDEN_BAD_VERSION = 7,  /* header and library do not fit together */
  LEYDEN_NO_MEMORY = 8,    /* the host has not enough memory */
  LEYDEN_MODEL = 9,        /* a model cannot do this, such as a gain beyond exact integers */
  LEYDEN_UNSUPPORTED = 10, /* a part of a layer that the library does not run */
  LEYDEN_INTERNAL = 11     /* a defect of the library */
};

/* Version of the library: major << 16 | minor. */
uint32_t leyden_golden_version(void);

/* Whether the library serves a program built with a header of this version: call it first, with
 * LEYDEN_GOLDEN_VERSION. @return LEYDEN_OK or LEYDEN_BAD_VERSION */
leyden_status leyden_golden_check(uint32_t header_version);

/* The sentence of the last call of this thread that failed, "" before the first. Valid until the
 * thread's next call that fails. */
const char* leyden_last_error(void);

/* "LEYDEN_OK" and so on; "LEYDEN_UNKNOWN" for a number that is no status. */
const char* leyden_status_name(leyden_status status);

/* ---- Chip -------------------------------------------------------------------------------------*/

/* A chip's arithmetic. Never points to memory of yours or ours. */
typedef struct leyden_chip leyden_chip;

/* How exactly the analog part is computed. */
enum {
  LEYDEN_IDEAL = 0,     /* partial sums are exact dot products, codes the integer equation */
  LEYDEN_QUANTISED = 1, /* every conversion quantises, nothing else */
  LEYDEN_ANALOG = 2     /* noise, mismatch and non-linearity of a die, drawn from keys */
};

/* Opens the chip that a chip file (configs/chips/ *.yaml) describes. Cells, tables and LMEM are as
 * after power-up, LMEM all 0.
 * @param path       of the file
 * @param overrides  "key=value" separated by blanks or newlines, as --set takes them; NULL or "":
 * none
 * @param fidelity   LEYDEN_IDEAL, LEYDEN_QUANTISED or LEYDEN_ANALOG
 * @param die        seed of what is frozen in a die (analog)
 * @param chip       the handle; NULL when the call fails. Close it with leyden_close().
 * @return also LEYDEN_BAD_CHIP (file, line, key and what would be right), LEYDEN_BAD_VALUE */
leyden_status leyden_open(const char* path, const char* overrides, int32_t fidelity, uint32_t die,
                          leyden_chip** chip);

/* The same from the text of a chip file. */
leyden_status leyden_open_text(const char* text, const char* overrides, int32_t fidelity,
                               uint32_t die, leyden_chip** chip);

/* Closes a chip; NULL is allowed and does nothing. Later calls with it are LEYDEN_BAD_HANDLE. */
leyden_status leyden_close(leyden_chip* chip);

/* A number of the effective chip file, in its unit; of a choice its index.
 * @param key  such as "cim.rows", "system.macros", "lmem.bank_bytes"; see `leyden list parameters`
 */
leyden_status leyden_parameter(leyden_chip* chip, const char* key, double* value);

/* Where the draws of fidelity analog are: temporal noise is keyed by die, image, layer, tile and
 * element, so that equal keys give equal noise. All 0 but the die after leyden_open().
 * @param layer  65535 at most */
leyden_status leyden_set_draws(leyden_chip* chip, uint32_t die, uint32_t image, uint32_t layer);

/* ---- Memories ---------------------------------------------------------------------------------*/

/* Writes or reads bytes of the weight window of a macro as the bus does: cells in any bytes from
 * offset 0, in whole words the ABN table from 0x80000, the trim table from 0xC0000 and, where
 * cim.converter.range_bits is not 0, the range table from 0xF0000.
 * @return LEYDEN_OUTSIDE: not wholly inside one of these, not whole words of a table, or a range
 * code that no converter has */
leyden_status leyden_weights_write(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                   const uint8_t* bytes, size_t count);
leyden_status leyden_weights_read(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                  uint8_t* bytes, size_t count);

/* Cells, ABN, trim and range table of a macro lose their contents, as when its power goes. */
leyden_status leyden_weights_power_off(leyden_chip* chip, uint32_t macro);

/* One word of the window, for simulators: four cells bytes or one table entry, offset in fours. */
leyden_status leyden_weights_put(leyden_chip* chip, uint32_t macro, uint32_t offset, uint32_t word);
leyden_status leyden_weights_get(leyden_chip* chip, uint32_t macro, uint32_t offset,
                                 uint32_t* word);

/* Writes or reads bytes of LMEM at a bus address. @return LEYDEN_OUTSIDE: not wholly in LMEM */
leyden_status leyden_lmem_write(leyden_chip* chip, uint32_t address, const uint8_t* bytes,
                                size_t count);
leyden_status leyden_lmem_read(leyden_chip* chip, uint32_t address, uint8_t* bytes, size_t count);

/* One byte of LMEM, for simulators. */
leyden_status leyden_lmem_put(leyden_chip* chip, uint32_t address, uint8_t value);
leyden_status leyden_lmem_get(leyden_chip* chip, uint32_t address, uint8_t* value);

/* ---- CIM jobs ---------------------------------------------------------------------------------*/

#define LEYDEN_CIM_JOB_WORDS 12    /* job registers IN_ADDR to TAG */
#define LEYDEN_VECTOR_JOB_WORDS 15 /* job registers OPERATION to PARTIAL */

/* What job_timing tells of a job. */
enum {
  LEYDEN_TIMING_CYCLES = 0,        /* from start to done, nobody else using LMEM */
  LEYDEN_TIMING_FEED_END = 1,      /* cycle after which the input is no longer read */
  LEYDEN_TIMING_READ_BEATS = 2,    /* accesses of the feeder to LMEM */
  LEYDEN_TIMING_WRITE_BEATS = 3,   /* accesses of the writer to LMEM */
  LEYDEN_TIMING_FEED_BYTES = 4,    /* bytes the feeder takes in */
  LEYDEN_TIMING_MVM_CYCLES = 5,    /* dot products of one position */
  LEYDEN_TIMING_CONVERT_CYCLES = 6 /* conversions of one position */
};

/* What the unit would put into ERROR_CODE if the job were started now.
 * @param error_code  0: it would run; 2 to 7 as configs/registers/cim.yaml says */
leyden_status leyden_cim_check(leyden_chip* chip, uint32_t macro,
                               const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t* error_code);

/* Runs a job: reads its input from LMEM, writes its output there.
 * @param error_code  may be NULL; 0, or with LEYDEN_REFUSED what the unit's ERROR_CODE tells
 * @param cycles      may be NULL; JOB_CYCLES of a unit that shares LMEM with nobody
 * @return LEYDEN_REFUSED: the unit would not start it, LMEM is unchanged; LEYDEN_MODEL */
leyden_status leyden_cim_run(leyden_chip* chip, uint32_t macro,
                             const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t* error_code,
                             uint64_t* cycles);

/* One of LEYDEN_TIMING_* of a job that the macro can do; contents are not looked at: with zero
 * skipping it is the time with nothing skipped, while leyden_cim_run() tells the job's own.
 * @return LEYDEN_REFUSED: shapes, places or precisions that the unit refuses */
leyden_status leyden_cim_timing(leyden_chip* chip, uint32_t macro,
                                const uint32_t words[LEYDEN_CIM_JOB_WORDS], int32_t what,
                                uint64_t* value);

/* ---- Stages of a job, each alone --------------------------------------------------------------*/

/* Feeder: the im2col row of one output position from LMEM, cut to the job's IN_BITS.
 * @param position  of the output, row-major, below OUT_SIZE's width x height
 * @param row       `count` bytes, one an element
 * @param count     the job's WINDOW.COUNT, else LEYDEN_BAD_VALUE */
leyden_status leyden_feeder_row(leyden_chip* chip, uint32_t macro,
                                const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t position,
                                uint8_t* row, size_t count);
/* One element of it, below WINDOW.COUNT. */
leyden_status leyden_feeder_element(leyden_chip* chip, uint32_t macro,
                                    const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t position,
                                    uint32_t element, uint8_t* value);
/* Accesses to LMEM (cycles of the feeder) that the position costs. */
leyden_status leyden_feeder_beats(leyden_chip* chip, uint32_t macro,
                                  const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t position,
                                  uint64_t* beats);

/* From a dot product to the code of an output: ABN table, trims and, in fidelity analog, the static
 * errors of the output's converter (not its noise). The job need not fit LMEM; its ABN entries must
 * be written and positive.
 * @param output       of the job, below OUT_CHANNELS.COUNT
 * @param dot_product  D of docs/models/cim.md, or D^ of digital combining, finite
 * @param code         0 to 2^OUT_BITS - 1, of a partial tile less 2^(OUT_BITS - 1) */
leyden_status leyden_cim_code(leyden_chip* chip, uint32_t macro,
                              const uint32_t words[LEYDEN_CIM_JOB_WORDS], uint32_t output,
                              double dot_product, int32_t* code);
/* The same of `positions` rows of all the job's outputs; codes likewise. */
leyden_status leyden_cim_codes(leyden_chip* chip, uint32_t macro,
                               const uint32_t words[LEYDEN_CIM_JOB_WORDS],
                               const double* dot_products, size_t positions, int32_t* codes);

/* Converter alone: the code of a level by the transfer curve of one physical converter: ideal and
 * quantised clamp(floor(level), 0, 2^bits - 1), analog with the INL and the unit elements of the
 * die. Metastability is not drawn.
 * @param column  physical column, whose converter it is
 * @param bits    of the code, 1 to the converter's most bits (cim.converter.bits)
 * @param level   in LSB of a code of `bits`, 0 at the lowest code's lower edge; finite */
leyden_status leyden_converter_code(leyden_chip* chip, uint32_t macro, uint32_t column,
                                    uint32_t bits, double level, uint32_t* code);

/* ---- Arithmetic that needs no chip ------------------------------------------------------------*/

/* ABN alone: code = clamp(floor(gamma D / LSB_D + beta + 1/2), 0, 2^out_bits - 1), exactly, with
 * LSB_D = line_rows 2^(in_bits + weight_bits - out_bits - range_shift); partial: less
 * 2^(out_bits - 1).
 * @param abn_word     entry of the ABN table: gamma in [15:0] (8 fraction bits, not 0), beta in
 * [31:16] (signed, 4 fraction bits)
 * @param dot_product  |D| at most line_rows 2^(in_bits + weight_bits)
 * @param line_rows    N, 1 to 8192;  in_bits, weight_bits, out_bits 1 to 8, range_shift 0 to 8 */
leyden_status leyden_abn(uint32_t abn_word, int64_t dot_product, uint32_t line_rows,
                         uint32_t in_bits, uint32_t weight_bits, uint32_t out_bits,
                         uint32_t range_shift, uint32_t partial, int32_t* code);

/* Requantiser of the vector unit: code = clamp((value multiplier + offset + half) >> shift) to low
 * to high, half = 2^(shift - 1) (0 for shift 0), the shift arithmetic, nothing lost before it.
 * @param shift  0 to 31;  low, high 0 to 255, low not above high */
leyden_status leyden_requantise(int32_t value, int32_t multiplier, int32_t offset, uint32_t shift,
                                uint32_t low, uint32_t high, uint8_t* code);

/* ---- Vector unit and layers -------------------------------------------------------------------*/

/* What the vector unit would put into ERROR_CODE (configs/registers/vector.yaml). */
leyden_status leyden_vector_check(leyden_chip* chip, const uint32_t words[LEYDEN_VECTOR_JOB_WORDS],
                                  uint32_t* error_code);

/* Runs one operation of the vector unit on LMEM. Parameters as of leyden_cim_run(). */
leyden_status leyden_vector_run(leyden_chip* chip, const uint32_t words[LEYDEN_VECTOR_JOB_WORDS],
                                uint32_t* error_code, uint64_t* cycles);

/* One command to a unit, as the layer table of a network image (docs/abi.md) has them. */
#define LEYDEN_STEP_JOB_WORDS 16
typedef struct leyden_golden_step {
  uint32_t unit;       /* unit in [7:0]: 0 CIM, 1 vector; instance of a CIM unit in [15:8] */
  uint32_t wait_mask;  /* not looked at: steps are done in their order */
  uint32_t spaces;     /* not looked at (DMA) */
  uint32_t word_count; /* 12 of CIM, 15 of vector */
  uint32_t words[LEYDEN_STEP_JOB_WORDS];
} leyden_golden_step;

/* Runs a layer: its steps one after the other, so that a job finds what those before it wrote.
 * @param done        may be NULL; steps that were done, also when one of them fails
 * @param error_code  may be NULL; of the step that was refused
 * @return of the first step that fails; LEYDEN_UNSUPPORTED: a DMA or core step */
leyden_status leyden_layer_run(leyden_chip* chip, const leyden_golden_step* steps, size_t count,
                               size_t* done, uint32_t* error_code);

#ifdef __cplusplus
}
#endif

#endif
