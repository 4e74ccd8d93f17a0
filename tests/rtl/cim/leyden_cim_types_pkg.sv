// What the modules of the CIM controller tell each other.
package leyden_cim_types_pkg;

  // A job as its registers hold it, fields apart. Dilations are distances, the fields' value + 1.
  typedef struct packed {
    logic [31:0] in_address;
    logic [15:0] in_width;
    logic [15:0] in_height;
    logic [15:0] in_channels;
    logic [15:0] in_pixel_stride;
    logic [7:0] kernel_width;
    logic [7:0] kernel_height;
    logic [7:0] stride_x;
    logic [7:0] stride_y;
    logic [7:0] pad_left;
    logic [7:0] pad_top;
    logic [7:0] pad_value;
    logic [4:0] dilation_x;
    logic [4:0] dilation_y;
    logic [15:0] window_first;
    logic [15:0] window_count;
    logic [31:0] out_address;
    logic [15:0] out_width;
    logic [15:0] out_height;
    logic [15:0] outputs;
    logic [15:0] out_pixel_stride;
    logic [7:0] unit_first;
    logic [7:0] unit_count;
    logic [15:0] column_first;
    logic [3:0] in_bits;
    logic [3:0] weight_bits;
    logic [3:0] out_bits;
    logic partial;
    logic [8:0] range;
    logic [15:0] tile;
    logic [15:0] abn_first;
  } job_t;

  // What the feeder and the writer need of a job beside its fields. Addresses modulo 2^32.
  typedef struct packed {
    logic dense;                 // pixels of the window side by side: a kernel row is one run of bytes
    logic shifts;                // a window shares elements with the one before it in an output row
    logic [23:0] segment;        // elements that lie side by side: a kernel row, or a tap of it
    logic [23:0] run;            // elements of a kernel row
    logic [23:0] step;           // elements of a kernel row that come in with a position
    logic [31:0] line_bytes;     // bytes of an input line
    logic [31:0] origin;         // address of the first window's first element, padding included
    logic [31:0] right_bytes;    // from a window to the next one
    logic [31:0] down_bytes;     // from an output row's first window to the next one's
    logic [31:0] tap_bytes;      // from a tap to the next
    logic [31:0] row_bytes;      // from a kernel row to the next
    logic [31:0] fresh_bytes;    // from a kernel row's first tap to the first that comes in
    logic [32:0] left_elements;  // padding before an input line, in elements
    logic [17:0] result_bytes;   // bytes of a position's results
    logic [15:0] first_row;      // word line of the window's first element
  } plan_t;

  // Static configuration: what the macro is and where LMEM lies.
  typedef struct packed {
    logic [15:0] rows;  // of all pages
    logic [15:0] columns;
    logic [15:0] rows_per_unit;
    logic [15:0] abn_entries;
    logic [31:0] macro;  // register MACRO
    logic [31:0] converter;  // register CONVERTER
    logic [15:0] units;  // of all pages
    logic [15:0] page_units;
    logic [3:0] least_weight_bits;
    logic [3:0] out_bits;          // most bits of a code
    logic [3:0] partial_out_bits;  // and of a partial sum
    logic [63:0] columns_per_output;  // byte n: of weights of n + 1 bits
    logic pipelined;
    logic [31:0] lmem_base;
    logic [31:0] lmem_bytes;
  } config_t;

  // ERROR_CODE.
  localparam logic [3:0] ERROR_NONE = 4'd0;
  localparam logic [3:0] ERROR_BUSY = 4'd1;
  localparam logic [3:0] ERROR_OUTSIDE_ARRAY = 4'd2;
  localparam logic [3:0] ERROR_OUTSIDE_LMEM = 4'd3;
  localparam logic [3:0] ERROR_PRECISION = 4'd4;
  localparam logic [3:0] ERROR_SHAPES = 4'd5;
  localparam logic [3:0] ERROR_ABN = 4'd6;
  localparam logic [3:0] ERROR_NOT_WRITTEN = 4'd7;

endpackage
