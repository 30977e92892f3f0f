/** What the forms of this page share. */

/** The value of the control on which an event happened. */
export function chosen(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}
