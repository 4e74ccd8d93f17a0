# LEYDEN_CIM_RTL: the sources of the CIM unit's controller as it stands in the chip; packages first.
set(LEYDEN_CIM_RTL
  leyden_cim_types_pkg.sv
  leyden_cim.sv
  leyden_cim_block.sv
  leyden_cim_check.sv
  leyden_cim_feeder.sv
  leyden_cim_fields.sv
  leyden_cim_regs.sv
  leyden_cim_rows.sv
  leyden_cim_sequencer.sv
  leyden_cim_walk.sv
  leyden_cim_writer.sv)
list(TRANSFORM LEYDEN_CIM_RTL PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
