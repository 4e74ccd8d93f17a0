#include "hal/cim.h"

#include "hal/unit.h"

_Static_assert(sizeof(struct cim_job) == 4 * LEYDEN_CIM_JOB_WORDS, "one word a register");

uint32_t cim_rows(uint32_t macro) {
  return mmio_read(LEYDEN_CIM_BASE(macro) + LEYDEN_CIM_GEOMETRY) & LEYDEN_CIM_GEOMETRY_ROWS;
}

uint32_t cim_columns(uint32_t macro) {
  return mmio_read(LEYDEN_CIM_BASE(macro) + LEYDEN_CIM_GEOMETRY) >>
         LEYDEN_CIM_GEOMETRY_COLUMNS_SHIFT;
}

uint32_t cim_rows_per_unit(uint32_t macro) {
  return mmio_read(LEYDEN_CIM_BASE(macro) + LEYDEN_CIM_UNITS) & LEYDEN_CIM_UNITS_ROWS_PER_UNIT;
}

uint32_t cim_abn_entries(uint32_t macro) {
  return mmio_read(LEYDEN_CIM_BASE(macro) + LEYDEN_CIM_UNITS) >> LEYDEN_CIM_UNITS_ABN_ENTRIES_SHIFT;
}

static uint32_t trim_address(uint32_t macro, uint32_t column) {
  return LEYDEN_CIM_WEIGHTS_BASE(macro) + LEYDEN_CIM_TRIM_TABLE_WINDOW + 4 * column;
}

uint32_t cim_trim(uint32_t macro, uint32_t column) {
  return mmio_read(trim_address(macro, column));
}

void cim_write_trim(uint32_t macro, uint32_t column, uint32_t word) {
  mmio_write(trim_address(macro, column), word);
}

static uint32_t repair_address(uint32_t macro, uint32_t word) {
  return LEYDEN_CIM_WEIGHTS_BASE(macro) + LEYDEN_CIM_REPAIR_TABLE_WINDOW + 4 * word;
}

uint32_t cim_spares(uint32_t macro) { return mmio_read(repair_address(macro, 0)); }

uint32_t cim_repair(uint32_t macro, uint32_t spare) {
  return mmio_read(repair_address(macro, 1 + spare));
}

void cim_write_repair(uint32_t macro, uint32_t spare, uint32_t word) {
  mmio_write(repair_address(macro, 1 + spare), word);
}

void cim_write_cells(uint32_t macro, uint32_t row, uint32_t first_column, uint32_t cells) {
  mmio_write(LEYDEN_CIM_WEIGHTS_BASE(macro) + LEYDEN_CIM_WEIGHTS_WINDOW +
                 row * (cim_columns(macro) / 8) + first_column / 8,
             cells);
}

void cim_write_abn(uint32_t macro, uint32_t entry, uint16_t gamma, int16_t beta) {
  mmio_write(LEYDEN_CIM_WEIGHTS_BASE(macro) + LEYDEN_CIM_ABN_TABLE_WINDOW + 4 * entry,
             (uint32_t)(uint16_t)beta << 16 | gamma);
}

uint32_t cim_run(uint32_t macro, const struct cim_job* job) {
  return unit_run(LEYDEN_CIM_BASE(macro), (const uint32_t*)job, LEYDEN_CIM_JOB_WORDS);
}
