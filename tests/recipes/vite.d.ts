// What Vite knows of `import.meta`, as apps have it.
/// <reference types="vite/client" />
