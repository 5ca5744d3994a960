import { createPinia } from "pinia";

export default defineNuxtPlugin(({ vueApp }) => void vueApp.use(createPinia()));
