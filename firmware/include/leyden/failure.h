/* Codes firmware ends with: the number given to the finisher (register FINISH, bits 31:16) and to
 * the mailbox (register FAIL). 0 is success. docs/abi.md explains them. */
#ifndef LEYDEN_FAILURE_H
#define LEYDEN_FAILURE_H

enum leyden_failure {
  LEYDEN_FAIL_NONE = 0,

  /* The network image is refused. */
  LEYDEN_FAIL_NO_IMAGE = 0x10,  /* SYSCTL.IMAGE_ADDR is 0 */
  LEYDEN_FAIL_ALIGNMENT = 0x11, /* the image does not start at a multiple of 16 */
  LEYDEN_FAIL_MAGIC = 0x12,     /* not an image */
  LEYDEN_FAIL_VERSION = 0x13,   /* of another version of the format */
  LEYDEN_FAIL_SIZE = 0x14,      /* total_bytes and SYSCTL.IMAGE_BYTES do not fit together */
  LEYDEN_FAIL_CRC = 0x15,       /* damaged after it was compiled */
  LEYDEN_FAIL_GEOMETRY = 0x16,  /* compiled for another array size */
  LEYDEN_FAIL_MACROS = 0x17,    /* compiled for another number of macros */
  LEYDEN_FAIL_LMEM = 0x18,      /* compiled for another LMEM size, or a tensor outside it */
  LEYDEN_FAIL_LAYOUT = 0x19,    /* a table or name lies outside the image */
  LEYDEN_FAIL_STEP = 0x1a,      /* a step names what does not exist, or reaches outside */

  /* An input could not be processed. */
  LEYDEN_FAIL_INPUT_SIZE = 0x20,  /* the input is not input_bytes long */
  LEYDEN_FAIL_OUTPUT_ROOM = 0x21, /* the output slot is smaller than output_bytes */
  LEYDEN_FAIL_CIM = 0x30,         /* a CIM unit set ERROR */
  LEYDEN_FAIL_VECTOR = 0x31,      /* the vector unit set ERROR */
  LEYDEN_FAIL_DMA = 0x32,         /* a DMA channel set ERROR */
  LEYDEN_FAIL_CALIBRATE = 0x33,   /* macros of a kind that cannot be calibrated */
  LEYDEN_FAIL_ECC = 0x34,         /* an error code found what it cannot correct */

  /* Traps nobody handles: base + mcause. */
  LEYDEN_FAIL_EXCEPTION = 0x100,
  LEYDEN_FAIL_INTERRUPT = 0x180,
  LEYDEN_FAIL_ABORT = 0x1fe,       /* abort(), a failed assert() */
  LEYDEN_FAIL_NESTED_TRAP = 0x1ff, /* a trap inside the trap handler */
};

#endif
