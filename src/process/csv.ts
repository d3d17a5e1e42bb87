/**
 * One value of a flag that takes a list: cosign's and Trivy's are read as CSV records, so a comma, a quote or a line break is quoted.
 * Source: spf13/pflag string_slice.go, encoding/csv.
 */
export function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
