// The fields of a job's words, IN_ADDR first, where configs/registers/cim.yaml has them.
module leyden_cim_fields (
    input logic [32*leyden_cim_pkg::JOB_WORDS-1:0] words,
    output leyden_cim_types_pkg::job_t job
);
  // Reserved bits.
  // verilator lint_off UNUSEDSIGNAL
  logic [31:0] in_size, in_channels, kernel, pad, window;
  logic [31:0] out_size, out_channels, place, precision, tag;
  // verilator lint_on UNUSEDSIGNAL
  assign job.in_address = words[8*(leyden_cim_pkg::IN_ADDR-leyden_cim_pkg::JOB_FIRST)+:32];
  assign in_size = words[8*(leyden_cim_pkg::IN_SIZE-leyden_cim_pkg::JOB_FIRST)+:32];
  assign in_channels = words[8*(leyden_cim_pkg::IN_CHANNELS-leyden_cim_pkg::JOB_FIRST)+:32];
  assign kernel = words[8*(leyden_cim_pkg::KERNEL-leyden_cim_pkg::JOB_FIRST)+:32];
  assign pad = words[8*(leyden_cim_pkg::PAD-leyden_cim_pkg::JOB_FIRST)+:32];
  assign window = words[8*(leyden_cim_pkg::WINDOW-leyden_cim_pkg::JOB_FIRST)+:32];
  assign job.out_address = words[8*(leyden_cim_pkg::OUT_ADDR-leyden_cim_pkg::JOB_FIRST)+:32];
  assign out_size = words[8*(leyden_cim_pkg::OUT_SIZE-leyden_cim_pkg::JOB_FIRST)+:32];
  assign out_channels = words[8*(leyden_cim_pkg::OUT_CHANNELS-leyden_cim_pkg::JOB_FIRST)+:32];
  assign place = words[8*(leyden_cim_pkg::PLACE-leyden_cim_pkg::JOB_FIRST)+:32];
  assign precision = words[8*(leyden_cim_pkg::PRECISION-leyden_cim_pkg::JOB_FIRST)+:32];
  assign tag = words[8*(leyden_cim_pkg::TAG-leyden_cim_pkg::JOB_FIRST)+:32];

  assign job.in_width = in_size[leyden_cim_pkg::IN_SIZE_WIDTH_LSB+:leyden_cim_pkg::IN_SIZE_WIDTH_WIDTH];
  assign job.in_height = in_size[leyden_cim_pkg::IN_SIZE_HEIGHT_LSB+:leyden_cim_pkg::IN_SIZE_HEIGHT_WIDTH];
  assign job.in_channels = in_channels[leyden_cim_pkg::IN_CHANNELS_COUNT_LSB+:leyden_cim_pkg::IN_CHANNELS_COUNT_WIDTH];
  assign job.in_pixel_stride = in_channels[leyden_cim_pkg::IN_CHANNELS_PIXEL_STRIDE_LSB+:leyden_cim_pkg::IN_CHANNELS_PIXEL_STRIDE_WIDTH];
  assign job.kernel_width = kernel[leyden_cim_pkg::KERNEL_WIDTH_LSB+:leyden_cim_pkg::KERNEL_WIDTH_WIDTH];
  assign job.kernel_height = kernel[leyden_cim_pkg::KERNEL_HEIGHT_LSB+:leyden_cim_pkg::KERNEL_HEIGHT_WIDTH];
  assign job.stride_x = kernel[leyden_cim_pkg::KERNEL_STRIDE_X_LSB+:leyden_cim_pkg::KERNEL_STRIDE_X_WIDTH];
  assign job.stride_y = kernel[leyden_cim_pkg::KERNEL_STRIDE_Y_LSB+:leyden_cim_pkg::KERNEL_STRIDE_Y_WIDTH];
  assign job.pad_left = pad[leyden_cim_pkg::PAD_LEFT_LSB+:leyden_cim_pkg::PAD_LEFT_WIDTH];
  assign job.pad_top = pad[leyden_cim_pkg::PAD_TOP_LSB+:leyden_cim_pkg::PAD_TOP_WIDTH];
  assign job.pad_value = pad[leyden_cim_pkg::PAD_VALUE_LSB+:leyden_cim_pkg::PAD_VALUE_WIDTH];
  assign job.dilation_x = {1'b0, pad[leyden_cim_pkg::PAD_DILATION_X_LSB+:leyden_cim_pkg::PAD_DILATION_X_WIDTH]} + 5'd1;
  assign job.dilation_y = {1'b0, pad[leyden_cim_pkg::PAD_DILATION_Y_LSB+:leyden_cim_pkg::PAD_DILATION_Y_WIDTH]} + 5'd1;
  assign job.window_first = window[leyden_cim_pkg::WINDOW_FIRST_LSB+:leyden_cim_pkg::WINDOW_FIRST_WIDTH];
  assign job.window_count = window[leyden_cim_pkg::WINDOW_COUNT_LSB+:leyden_cim_pkg::WINDOW_COUNT_WIDTH];
  assign job.out_width = out_size[leyden_cim_pkg::OUT_SIZE_WIDTH_LSB+:leyden_cim_pkg::OUT_SIZE_WIDTH_WIDTH];
  assign job.out_height = out_size[leyden_cim_pkg::OUT_SIZE_HEIGHT_LSB+:leyden_cim_pkg::OUT_SIZE_HEIGHT_WIDTH];
  assign job.outputs = out_channels[leyden_cim_pkg::OUT_CHANNELS_COUNT_LSB+:leyden_cim_pkg::OUT_CHANNELS_COUNT_WIDTH];
  assign job.out_pixel_stride = out_channels[leyden_cim_pkg::OUT_CHANNELS_PIXEL_STRIDE_LSB+:leyden_cim_pkg::OUT_CHANNELS_PIXEL_STRIDE_WIDTH];
  assign job.unit_first = place[leyden_cim_pkg::PLACE_UNIT_FIRST_LSB+:leyden_cim_pkg::PLACE_UNIT_FIRST_WIDTH];
  assign job.unit_count = place[leyden_cim_pkg::PLACE_UNIT_COUNT_LSB+:leyden_cim_pkg::PLACE_UNIT_COUNT_WIDTH];
  assign job.column_first = place[leyden_cim_pkg::PLACE_COLUMN_FIRST_LSB+:leyden_cim_pkg::PLACE_COLUMN_FIRST_WIDTH];
  assign job.in_bits = precision[leyden_cim_pkg::PRECISION_IN_BITS_LSB+:leyden_cim_pkg::PRECISION_IN_BITS_WIDTH];
  assign job.weight_bits = precision[leyden_cim_pkg::PRECISION_WEIGHT_BITS_LSB+:leyden_cim_pkg::PRECISION_WEIGHT_BITS_WIDTH];
  assign job.out_bits = precision[leyden_cim_pkg::PRECISION_OUT_BITS_LSB+:leyden_cim_pkg::PRECISION_OUT_BITS_WIDTH];
  assign job.partial = precision[leyden_cim_pkg::PRECISION_PARTIAL_LSB+:leyden_cim_pkg::PRECISION_PARTIAL_WIDTH];
  assign job.range = precision[leyden_cim_pkg::PRECISION_RANGE_LSB+:leyden_cim_pkg::PRECISION_RANGE_WIDTH];
  assign job.tile = tag[leyden_cim_pkg::TAG_TILE_LSB+:leyden_cim_pkg::TAG_TILE_WIDTH];
  assign job.abn_first = tag[leyden_cim_pkg::TAG_ABN_FIRST_LSB+:leyden_cim_pkg::TAG_ABN_FIRST_WIDTH];
endmodule
