/**
 * What the suite's runner has to know of the test files: which run alone, and how much each of those does
 * whose amount can be chosen. Paths are from this folder.
 */

/** They measure memory or load, or need all cores: nothing else runs beside them. */
export const ALONE: readonly string[] = [
  "engine/memory_test.ts",
];

/** How much of something a test does. */
export interface Amount {
  /** The file that does it. */
  file: string;
  /** What is counted. */
  unit: string;
  /** In the short suite; 0 where it has no share there. */
  short: number;
  /** In the long suite. */
  long: number;
}

/** Amounts by name, as `--amount NAME=NUMBER` gives them. */
export const AMOUNTS = {
  "kept-texts": {
    file: "formula/kept_texts_test.ts",
    unit: "results of chosen rows with text columns, for each way of running",
    short: 8,
    long: 60,
  },
  "plot-lines": {
    file: "http/plot_lines_test.ts",
    unit: "plots of several columns and of groups of random results, for each way of running",
    short: 24,
    long: 400,
  },
  "globs": {
    file: "dataset/globs_test.ts",
    unit: "globs, each on thirty paths",
    short: 1000,
    long: 100_000,
  },
  "group-types": {
    file: "std/group_types_test.ts",
    unit: "group-bys of random types and intervals, each for each way of running",
    short: 40,
    long: 300,
  },
  "zones": {
    file: "std/zones_test.ts",
    unit: "resamplings in random zones against each of three oracles, for each way of running",
    short: 40,
    long: 120,
  },
  "number-codes": {
    file: "kernel/number_coder_test.ts",
    unit: "columns of numbers in five pieces each",
    short: 60,
    long: 600,
  },
  "text-tables": {
    file: "kernel/texts_test.ts",
    unit: "pairs of tables of texts, merged, ordered and encoded",
    short: 60,
    long: 600,
  },
  "dictionary-codes": {
    file: "kernel/text_coder_test.ts",
    unit: "texts by the indexes of eight dictionaries",
    short: 200,
    long: 5000,
  },
  "parted-groups": {
    file: "std/parted_groups_test.ts",
    unit: "group-bys of random keys in two ways",
    short: 60,
    long: 500,
  },
  "unpivots": {
    file: "std/tables_test.ts",
    unit: "random wide tables made long, for each way of running",
    short: 15,
    long: 200,
  },
  "digests": {
    file: "std/digests_test.ts",
    unit: "random values whose quantiles are estimated",
    short: 22,
    long: 220,
  },
  "many-groups": {
    file: "std/many_groups_test.ts",
    unit: "group-bys of random keys, few or many, each for each way of running",
    short: 20,
    long: 200,
  },
  "applied-groups": {
    file: "std/applied_groups_test.ts",
    unit: "functions on the rows of random groups, each for each way of running",
    short: 15,
    long: 200,
  },
  "mapped-groups": {
    file: "formula/mapped_groups_test.ts",
    unit: "group-bys of random columns that map makes, each for each way of running",
    short: 20,
    long: 300,
  },
  "folder-keys": {
    file: "dataset/folder_keys_test.ts",
    unit: "group-bys of random folders, each for each way of running",
    short: 15,
    long: 100,
  },
  "joined-folders": {
    file: "dataset/mixed_types_test.ts",
    unit: "folders of files whose columns differ, for each way of running",
    short: 25,
    long: 500,
  },
  "differential-cases": {
    file: "dataset/differential_test.ts",
    unit: "folders of random tables by four writers, each read in seven ways",
    short: 60,
    long: 1_500,
  },
  "csv-tables": {
    file: "formula/csv_results_test.ts",
    unit: "random tables as CSV and as Parquet, for each way of running",
    short: 6,
    long: 60,
  },
  "arrow-tables": {
    file: "formula/arrow_results_test.ts",
    unit: "random tables as Arrow and as Parquet, for each way of running",
    short: 6,
    long: 100,
  },
  "arrow-nested": {
    file: "formula/arrow_results_test.ts",
    unit: "random nested columns as Arrow",
    short: 60,
    long: 2_000,
  },
  "partitioned-folders": {
    file: "formula/partitioned_results_test.ts",
    unit: "random tables in folders by their columns, for each way of running",
    short: 8,
    long: 80,
  },
  "result-tables": {
    file: "formula/tables_test.ts",
    unit: "random results of several tables as Parquet and CSV, for each way of running",
    short: 8,
    long: 100,
  },
  "verified-results": {
    file: "formula/lineage_test.ts",
    unit: "results of random jobs that are computed again, for each way of running",
    short: 4,
    long: 120,
  },
  "random-texts": {
    file: "parquet/random_texts_test.ts",
    unit: "columns of random texts, written and read",
    short: 30,
    long: 2_000,
  },
  "cluster-faults": {
    file: "cluster/random_faults_test.ts",
    unit: "faults at random moments, for each way of running",
    short: 3,
    long: 24,
  },
  "pipelined-requests": {
    file: "wire/flood_test.ts",
    unit: "requests sent before the first reply is read",
    short: 100_000,
    long: 200_000,
  },
  "job-flood": {
    file: "wire/flood_test.ts",
    unit: "jobs asked for at once",
    short: 300,
    long: 2_000,
  },
  "large-requests": {
    file: "wire/flood_test.ts",
    unit: "requests of the greatest size at once",
    short: 40,
    long: 400,
  },
  "idle-connections": {
    file: "wire/slow_clients_test.ts",
    unit: "connections that are held and say nothing",
    short: 400,
    long: 2_000,
  },
  "idle-http-connections": {
    file: "http/connections_test.ts",
    unit: "connections over HTTP that are held and say nothing, and as many that are turned away",
    short: 400,
    long: 2_000,
  },
  "slow-clients": {
    file: "wire/slow_clients_test.ts",
    unit: "slow senders, and as many clients that say no more",
    short: 20,
    long: 100,
  },
  "deaf-clients": {
    file: "wire/slow_clients_test.ts",
    unit: "clients that ask and never read",
    short: 15,
    long: 60,
  },
  "vanishing-tls-clients": {
    file: "wire/access_test.ts",
    unit: "rounds of eight clients that vanish at different moments",
    short: 3,
    long: 20,
  },
  "role-requests": {
    file: "wire/random_roles_test.ts",
    unit: "requests of clients with random roles, which change all 25 requests",
    short: 200,
    long: 2_000,
  },
  "framing-fuzz": {
    file: "wire/framing_fuzz_test.ts",
    unit: "streams of bytes, each whole and in pieces",
    short: 10_000,
    long: 100_000,
  },
  "socket-fuzz": {
    file: "wire/socket_fuzz_test.ts",
    unit: "streams of bytes over sockets of their own",
    short: 1_000,
    long: 15_000,
  },
  "steady-many": {
    file: "wire/responsiveness_test.ts",
    unit: "files of a dataset, and names in a request, while Info is asked for",
    short: 1_000,
    long: 20_000,
  },
  "steady-watchers": {
    file: "wire/responsiveness_test.ts",
    unit: "clients that watch a job while Info is asked for",
    short: 100,
    long: 1_000,
  },
  "load-clients": {
    file: "jobs/load_test.ts",
    unit: "clients at once, in two rounds, with ten jobs each",
    short: 30,
    long: 500,
  },
  "recovered-jobs": {
    file: "jobs/load_test.ts",
    unit: "jobs that wait when the service is killed",
    short: 100,
    long: 2000,
  },
  "forged-plans": {
    file: "cluster/forged_messages_test.ts",
    unit: "plans of jobs with changes at random places",
    short: 1_000,
    long: 30_000,
  },
  "parquet-codecs": {
    file: "parquet/against_hyparquet_test.ts",
    unit: "codecs of six for each encoding, version of pages and kind of nulls",
    short: 1,
    long: 6,
  },
  "reader-filters": {
    file: "parquet/other_readers_test.ts",
    unit: "values of each column that other readers filter by",
    short: 3,
    long: 20,
  },
  "kept-files": {
    file: "parquet/other_readers_test.ts",
    unit: "files of seven by other writers whose columns are kept",
    short: 2,
    long: 7,
  },
  "parquet-cuts": {
    file: "parquet/damaged_files_test.ts",
    unit: "lengths at which a file is cut off",
    short: 1_000,
    long: 10_000,
  },
  "parquet-bytes": {
    file: "parquet/damaged_files_test.ts",
    unit: "changed bytes, one at a time, in each kind of file",
    short: 100,
    long: 2_500,
  },
  "parquet-stretches": {
    file: "parquet/damaged_files_test.ts",
    unit: "overwritten stretches, one at a time, in each kind of file",
    short: 10,
    long: 250,
  },
  "parquet-own-bytes": {
    file: "parquet/damaged_files_test.ts",
    unit: "changed bytes, one at a time, in pages of our own, in each codec",
    short: 300,
    long: 5_000,
  },
  "parquet-own-headers": {
    file: "parquet/damaged_files_test.ts",
    unit: "changes of each byte in headers of pages of our own, in each codec",
    short: 8,
    long: 255,
  },
  "parquet-footers": {
    file: "parquet/damaged_files_test.ts",
    unit: "footers of random bytes",
    short: 300,
    long: 20_000,
  },
  "nested-forms": {
    file: "parquet/nested_columns_test.ts",
    unit: "nested columns of random form, read by pyarrow, too",
    short: 300,
    long: 5_000,
  },
  "lent-walks": {
    file: "parquet/borrowed_columns_test.ts",
    unit: "walks through the rows of each column in each codec",
    short: 1,
    long: 12,
  },
  "parquet-slices": {
    file: "parquet/slices_test.ts",
    unit: "slices of each column in each kind of file",
    short: 4,
    long: 60,
  },
  "damaged-blocks": {
    file: "kernel/decoders_test.ts",
    unit: "damaged blocks of each form; a twentieth as many are sound",
    short: 1_200,
    long: 50_000,
  },
  "damaged-snappy": {
    file: "kernel/kernel_test.ts",
    unit: "damaged blocks of Snappy",
    short: 500,
    long: 10_000,
  },
  "filtered-files": {
    file: "formula/filtered_files_test.ts",
    unit: "files of random encodings and pages, each with twenty random filters",
    short: 6,
    long: 400,
  },
  "requested-rows": {
    file: "formula/requested_rows_test.ts",
    unit:
      "files of random times, each asked for three times by random bounds and filters, for each way of running",
    short: 25,
    long: 500,
  },
  "as-of": {
    file: "formula/as_of_test.ts",
    unit: "pairs of random tables joined by what is near, for each way of running",
    short: 8,
    long: 400,
  },
  "look-ups": {
    file: "formula/inputs_test.ts",
    unit: "random tables whose keys are looked up, for each way of running",
    short: 10,
    long: 300,
  },
  "neighbours": {
    file: "formula/neighbours_test.ts",
    unit: "sums over neighbours by rows and times, beside chosen rows, for each way of running",
    short: 15,
    long: 500,
  },
  "random-filters": {
    file: "formula/filters_test.ts",
    unit: "random filters with and without statistics",
    short: 40,
    long: 1_500,
  },
  "transform-rounds": {
    file: "std/shared_transforms_test.ts",
    unit: "rounds of transforms that threads help with",
    short: 1,
    long: 8,
  },
  "transform-cancels": {
    file: "std/shared_transforms_test.ts",
    unit: "jobs that are cancelled while workers share a transform",
    short: 2,
    long: 15,
  },
  "memory-row-groups": {
    file: "engine/memory_test.ts",
    unit: "row groups of 8 MiB that a file has more than another one",
    short: 40,
    long: 84,
  },
  "again-jobs": {
    file: "engine/reuse_test.ts",
    unit: "jobs of each formula that counts its calls",
    short: 6,
    long: 30,
  },
  "engine-kills": {
    file: "engine/faults_test.ts",
    unit: "kills at random moments, for each way of running",
    short: 8,
    long: 80,
  },
  "hostile-formulas": {
    file: "engine/hostile_formulas_test.ts",
    unit: "formulas of the collection, for each way of running",
    short: 5,
    long: 30,
  },
  "left-memory": {
    file: "engine/hostile_formulas_test.ts",
    unit: "jobs that leave much memory behind, each followed by one that may have little",
    short: 1,
    long: 3,
  },
  "kept-state": {
    file: "engine/isolation_test.ts",
    unit: "formulas that try to keep something for the next job",
    short: 200,
    long: 2000,
  },
} as const satisfies Record<string, Amount>;

/** Name of an amount. */
export type AmountName = keyof typeof AMOUNTS;
