import { onMounted, onUnmounted } from 'vue';

/** Listens to the document as long as the component is mounted. */
export function useEventListener<Type extends keyof DocumentEventMap>(
  target: Document,
  type: Type,
  listener: (event: DocumentEventMap[Type]) => void,
): void {
  onMounted(() => target.addEventListener(type, listener));
  onUnmounted(() => target.removeEventListener(type, listener));
}
