/**
 * Lets files be dropped on a part of the page. Elsewhere on the page a drop does nothing: browsers would otherwise leave the page
 * and open the file.
 */
export function dropZones(zones: ReadonlyMap<HTMLElement, (files: readonly File[]) => void>): void {
  const zoneOf = ({ target }: Event) =>
    [...zones.keys()].find((zone) => target instanceof Node && zone.contains(target))
  const mark = (over: HTMLElement | undefined) => {
    for (const zone of zones.keys()) zone.classList.toggle('over', zone === over)
  }
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    const zone = zoneOf(event)
    mark(zone)
    if (event.dataTransfer) event.dataTransfer.dropEffect = zone === undefined ? 'none' : 'copy'
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) mark(undefined)
  })
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    mark(undefined)
    const zone = zoneOf(event)
    const files = [...(event.dataTransfer?.files ?? [])]
    if (zone !== undefined && files.length > 0) zones.get(zone)?.(files)
  })
}
