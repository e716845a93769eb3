"""The Streamlit page: texts, rendering and views. All knowledge comes from the assistant."""
