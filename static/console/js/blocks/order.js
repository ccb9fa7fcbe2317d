// Order by dragging: `draggable(list, index, onChanged)` gives the attributes of an item. Arrow buttons do the same by keys.

let dragged = null;

export const move = (list, from, to) => {
  const moved = [...list];
  moved.splice(to, 0, ...moved.splice(from, 1));
  return moved;
};

/** Attributes of an item that can be dragged to another place in the same list. */
export const draggable = (list, index, onChanged, name = "items") => ({
  draggable: "true",
  onDragstart: (event) => {
    dragged = { name, index };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", String(index));
    event.stopPropagation();
  },
  onDragend: () => (dragged = null),
  onDragover: (event) => {
    if (dragged?.name === name) event.preventDefault();
  },
  onDrop: (event) => {
    if (dragged?.name !== name) return;
    event.preventDefault();
    event.stopPropagation();
    if (dragged.index !== index) onChanged(move(list, dragged.index, index), dragged.index, index);
    dragged = null;
  },
});
